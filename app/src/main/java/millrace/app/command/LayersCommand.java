package millrace.app.command;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import millrace.app.output.json.JsonLine;
import millrace.nn.layer.LayerKey;
import millrace.nn.layer.LayerType;
import millrace.nn.layer.LayerTypes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code layers}: what a run file may name in {@code model.layers}. */
@Command(
        name = "layers",
        description = "Lists the layers that a run file may name, with their settings and shapes.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  millrace layers"})
public final class LayersCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        PrintWriter out = output.out();
        if (!output.json()) {
            out.println("Settings with a value are optional, it is their default; -> leads from the shape of one sample"
                    + " that comes in to that which goes out.");
        }
        for (LayerType type : LayerTypes.all()) {
            String settings = type.keys().stream().map(LayerKey::toString).collect(Collectors.joining(", "));
            if (output.json()) {
                out.println(JsonLine.event("layer")
                        .put("layer", type.name())
                        .put("description", type.description())
                        .put("settings", settings)
                        .put("shapes", type.shapes()));
            } else {
                out.println();
                out.println(type.name() + (settings.isEmpty() ? "" : " (" + settings + ")"));
                out.println("  " + type.description());
                out.println("  " + type.shapes());
            }
        }
        out.flush();
        return 0;
    }
}
