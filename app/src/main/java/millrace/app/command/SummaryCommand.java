package millrace.app.command;

import com.typesafe.config.Config;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.app.config.RunSetup;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;
import millrace.nn.model.Model;
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
        footer = {"", "Example:", "  millrace summary mlp-deep --stages 3"})
public final class SummaryCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "PRESET|FILE", description = "a preset or a run file (default: mlp-mnist)")
    private String preset = "mlp-mnist";

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Mixin
    private LineOptions line = new LineOptions();

    @Option(names = "--text", paramLabel = "FILE", description = "a text file in UTF-8, for networks that read texts")
    private @Nullable String text;

    @Mixin
    private OutputOptions output = new OutputOptions();

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
        return 0;
    }
}
