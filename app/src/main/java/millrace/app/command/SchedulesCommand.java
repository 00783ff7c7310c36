package millrace.app.command;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.CellColours;
import millrace.schedule.Generator;
import millrace.schedule.Grid;
import millrace.schedule.Schedules;
import millrace.schedule.stream.Discipline;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code schedules}: the known schedules, each with a small example. */
@Command(
        name = "schedules",
        description = "Lists all schedules: in which order ranks work; each is drawn for 2 ranks and 4 micro-batches.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace schedules"})
public final class SchedulesCommand implements Callable<Integer> {
    private static final int RANKS = 2;
    private static final int MICRO_BATCHES = 4;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        PrintWriter out = output.out();
        if (!output.json()) {
            out.println(
                    "A cell is stage, kind, micro-batch; a row is a rank, a column a step in which every action takes"
                            + " one.");
            out.println("F forward, B backward, or split: I backward-input, W backward-weight; (x;y) two in one slot.");
        }
        for (Generator generator : Schedules.all()) {
            if (output.json()) {
                out.println(JsonLine.event("schedule")
                        .put("schedule", generator.name())
                        .put("description", generator.description())
                        .put("chunks", generator.defaultChunks())
                        .put("planned_from_costs", generator.isPlanned()));
            } else {
                out.println();
                out.println(generator.name() + ": " + generator.description());
                out.println(Grid.inSteps(
                        Schedules.generate(generator.name(), RANKS, MICRO_BATCHES),
                        CellColours.painter(output.audience())));
            }
        }
        for (Discipline stream : Discipline.values()) {
            if (output.json()) {
                out.println(JsonLine.event("schedule")
                        .put("schedule", stream.schedule())
                        .put("description", stream.description()));
            } else {
                out.println();
                out.println(stream.schedule() + ": " + stream.description());
            }
        }
        out.flush();
        return 0;
    }
}
