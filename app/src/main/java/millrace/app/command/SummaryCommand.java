package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.app.config.MemorySize;
import millrace.app.config.RunSetup;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.app.study.MeasuredMemory;
import millrace.app.study.PlanReport;
import millrace.app.study.PlannedNetwork;
import millrace.nn.model.Model;
import millrace.schedule.auto.RankBytes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code summary}: layers, shapes, parameters and stages of a network. */
@Command(
        name = "summary",
        description = "Shows the layers of a network, their shapes and parameters, and the stages that they are in.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace summary mlp-deep --stages 3",
            "  millrace summary gpt-tiny --ranks 2 --memory"
        })
public final class SummaryCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "PRESET|FILE", description = "a preset or a run file (default: mlp-mnist)")
    private String preset = "mlp-mnist";

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Mixin
    private LineOptions line = new LineOptions();

    @Option(names = "--text", paramLabel = "FILE", description = "a text file in UTF-8, for networks that read texts")
    private @Nullable String text;

    @Option(
            names = "--memory",
            description =
                    "also tell what each rank holds while it trains: weights, gradients, optimizer state, further versions of"
                            + " weights, activations, buffers. A batch"
                            + " is trained on random samples for that")
    private boolean memory;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final Interrupts interrupts = new Interrupts(output);

    @Override
    public Integer call() {
        Map<String, Object> given = new HashMap<>();
        line.addTo(given);
        LineOptions.put(given, "data.text", text);
        Config config = settings.resolve(preset, given);
        RunPlan plan = RunSetup.of(config).plan(Start.FRESH);
        Model model = plan.spec().model();
        PrintWriter out = output.out();
        Table table = new Table().row("layer", "type", "output", "parameters", "stage");
        int stage = 0;
        for (int i = 0; i < model.layers().size(); i++) {
            while (plan.partition().range(stage).to() <= i) {
                stage++;
            }
            long parameters = model.parameterCount(i, i + 1);
            if (output.json()) {
                out.println(JsonLine.event("layer")
                        .put("layer", i)
                        .put("type", model.layers().get(i).type())
                        .put("output", model.shapeBefore(i + 1).toString())
                        .put("parameters", parameters)
                        .put("stage", stage));
            } else {
                table.row(
                        i,
                        model.layers().get(i).type(),
                        model.shapeBefore(i + 1),
                        String.format(Locale.ROOT, "%,d", parameters),
                        stage);
            }
        }
        if (!output.json()) {
            out.println(model.name() + ", input " + model.inputShape());
            out.println(table);
            out.println(String.format(
                    Locale.ROOT,
                    "%,d parameters, %d stages, %s with %d micro-batches of %d samples",
                    model.parameterCount(),
                    plan.partition().stages(),
                    plan.order().name(),
                    plan.spec().microBatches(),
                    plan.spec().microBatchRows()));
        }
        out.flush();
        return memory ? tellMemory(config, plan) : 0;
    }

    private int tellMemory(Config config, RunPlan plan) {
        try (interrupts) {
            interrupts.listen();
            PlannedNetwork network = PlannedNetwork.of(config);
            Optional<List<RankBytes>> ranks = MeasuredMemory.of(network, plan, interrupts::call);
            if (ranks.isEmpty()) {
                return interrupts.status();
            }
            Table table = new Table()
                    .row("rank", "weights", "gradients", "optimizer", "versions", "activations", "buffers", "in all");
            for (int rank = 0; rank < ranks.get().size(); rank++) {
                RankBytes bytes = ranks.get().get(rank);
                if (output.json()) {
                    output.out()
                            .println(JsonLine.event("memory")
                                    .put("rank", rank)
                                    .put("memory_bytes", bytes.total())
                                    .put("memory_parts", PlanReport.parts(bytes)));
                }
                table.row(
                        rank,
                        MemorySize.text(bytes.weights()),
                        MemorySize.text(bytes.gradients()),
                        MemorySize.text(bytes.optimizer()),
                        MemorySize.text(bytes.versions()),
                        MemorySize.text(bytes.activations()),
                        MemorySize.text(bytes.buffers()),
                        MemorySize.text(bytes.total()));
            }
            if (!output.json()) {
                output.out().println(table);
            }
            output.out().flush();
            return 0;
        }
    }
}
