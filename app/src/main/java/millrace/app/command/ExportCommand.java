package millrace.app.command;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.plan.Snapshot;
import millrace.app.config.RunFile;
import millrace.app.config.SavedRun;
import millrace.app.output.json.JsonLine;
import millrace.nn.model.Model;
import millrace.nn.onnx.OnnxFile;
import millrace.nn.weights.WeightsFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code export}: a checkpoint for other programs. */
@Command(
        name = "export",
        description = "Writes the weights or the whole network of a checkpoint to a file for other programs.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  millrace export runs/mlp-mnist-20261122-101500 --safetensors mnist.safetensors",
            "then in Python, with the layers of the run in an nn.Sequential:",
            "  model.load_state_dict(safetensors.torch.load_file('mnist.safetensors'))",
            "or the whole network, for ONNX Runtime and others:",
            "  millrace export runs/mlp-mnist-20261122-101500 --onnx mnist.onnx"
        })
public final class ExportCommand implements Callable<Integer> {
    @Mixin
    private CheckpointArgument checkpoint = new CheckpointArgument();

    @Option(
            names = "--safetensors",
            paramLabel = "FILE",
            description = "the weights, by the names and in the shapes of PyTorch's nn.Sequential")
    private @Nullable Path safetensors;

    @Option(
            names = "--onnx",
            paramLabel = "FILE",
            description = "the network with its weights, for inference: ONNX with operator set 17, any batch size")
    private @Nullable Path onnx;

    @Mixin
    private GivenSettings settings = new GivenSettings();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (safetensors == null && onnx == null) {
            throw new IllegalArgumentException(
                    "export: nothing to write (expected: --safetensors FILE, --onnx FILE, or both)");
        }
        Checkpoint loaded = checkpoint.load(output, preset -> settings.resolve(preset, Map.of()));
        Model model = SavedRun.of(settings.resolve(RunFile.parse(loaded.runFile()), Map.of()))
                .model();
        Snapshot snapshot = Snapshot.of(model, loaded.step(), loaded.tensors());
        if (safetensors != null) {
            WeightsFile.write(safetensors, snapshot.weights());
            written(loaded, snapshot, safetensors);
        }
        if (onnx != null) {
            OnnxFile.write(onnx, model, loaded.tensors());
            written(loaded, snapshot, onnx);
        }
        return 0;
    }

    private void written(Checkpoint loaded, Snapshot snapshot, Path file) {
        if (output.json()) {
            output.out()
                    .println(JsonLine.event("exported")
                            .put("checkpoint", loaded.path().toString())
                            .put("step", loaded.step())
                            .put("file", file.toString())
                            .put("weights_sha256", snapshot.weightsSha256()));
        } else {
            output.out().println(loaded.path() + ", step " + loaded.step() + ": written to " + file);
        }
        output.out().flush();
    }
}
