package millrace.app.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import millrace.app.command.ShapeOptions.Wanted;
import millrace.app.config.CostFile;
import millrace.app.config.ScheduleSource;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.CellColours;
import millrace.app.picture.Gantt;
import millrace.app.picture.PictureFile;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Grid;
import millrace.schedule.Schedule;
import millrace.schedule.ScheduleCsv;
import millrace.schedule.simulate.Simulator;
import millrace.schedule.timeline.Timeline;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code schedule}: one or several schedules, generated, validated and printed. */
@Command(
        name = "schedule",
        description = "Generates schedules, checks and prints them: a row for each rank, a column for each step.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace schedule zb-h1 --ranks 4 --micro-batches 8",
            "  millrace schedule interleaved-1f1b --ranks 2 --chunks 3 --micro-batches 4 --format csv > own.csv",
            "  millrace schedule own.csv --out own.png",
            "  millrace schedule 1f1b,zb-v --ranks 2,4 --micro-batches 8,16 --format json"
        })
public final class ScheduleCommand implements Callable<Integer> {
    /** How a schedule is printed. */
    enum Format {
        /** One column a step, in colour on a terminal. */
        GRID,
        /** One row a rank, as torch reads and writes it. */
        CSV,
        /** One object a line. */
        JSON,
        /** A picture with F, I and W of equal length. */
        SVG
    }

    @Mixin
    private ShapeOptions shapes = new ShapeOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--format",
            paramLabel = "grid|csv|json|svg",
            defaultValue = "grid",
            description = "form in which it is printed (default: grid)")
    private Format format = Format.GRID;

    @Option(
            names = "--cost",
            paramLabel = "FILE",
            description =
                    "measured times that schedules like zb-1p are planned with, as compare --save-costs writes them")
    private @Nullable Path cost;

    @Option(names = "--out", paramLabel = "FILE", description = "draw it too, into a file that ends in .svg or .png")
    private @Nullable Path file;

    @Override
    public Integer call() {
        Path picture = file;
        if (picture != null) {
            PictureFile.requirePicture(picture);
        }
        PrintWriter out = output.out();
        boolean json = output.json() || format == Format.JSON;
        if (shapes.isRecomputedAtBackward()) {
            throw new IllegalArgumentException(
                    "--recompute-at: backward (expected: own, orders have second forwards as actions); simulate knows both");
        }
        List<Wanted> all = shapes.combinations();
        if (picture != null && all.size() > 1) {
            throw new IllegalArgumentException("--out: " + all.size() + " schedules (expected: one)");
        }
        return Combinations.each(all, json, out, output.err(), wanted -> {
            Schedule schedule =
                    wanted.generate(shape -> cost == null ? Costs.unit(shape) : CostFile.read(cost, shape.stages()));
            print(out, schedule, json, all.size() > 1);
            if (picture != null) {
                PictureFile.write(picture, Gantt.of(List.of(drawn(schedule))));
            }
        });
    }

    private void print(PrintWriter out, Schedule schedule, boolean json, boolean several) {
        if (json) {
            out.println(line(schedule));
            return;
        }
        if (several && format != Format.SVG) {
            out.println("# " + schedule);
        }
        switch (format) {
            case GRID, JSON -> out.println(Grid.inSteps(schedule, CellColours.painter(output.audience())));
            case CSV -> out.print(ScheduleCsv.write(schedule));
            case SVG -> out.println(Gantt.of(List.of(drawn(schedule))).svg());
        }
    }

    private static Timeline drawn(Schedule schedule) {
        return Simulator.simulate(schedule, Costs.unit(ShapeOptions.shape(schedule)))
                .timeline(schedule.name() + ", F = I = W", "");
    }

    private static JsonLine line(Schedule schedule) {
        return JsonLine.event("schedule")
                .put("schedule", ScheduleSource.isFile(schedule.name()) ? "csv" : schedule.name())
                .put("ranks", schedule.ranks())
                .put("micro_batches", schedule.microBatches())
                .put("chunks", schedule.placement().chunks())
                .put("placement", schedule.placement().stagesOfRanks())
                .put(
                        "order",
                        schedule.order().stream()
                                .map(row -> row.stream().map(Cell::toString).toList())
                                .toList());
    }
}
