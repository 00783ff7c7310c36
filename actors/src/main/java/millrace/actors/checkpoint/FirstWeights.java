package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import millrace.nn.io.InWords;
import millrace.nn.model.Model;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.WeightsFile;

/** Weights that a new run begins with. */
public final class FirstWeights {
    private FirstWeights() {}

    /**
     * Reads the weights alone, and nothing of an optimizer or a stream.
     *
     * @param path a safetensors file with the names and shapes of an nn.Sequential; a checkpoint's folder, whatever its
     *     number of stages; or a run's, for its last checkpoint
     * @param notices told why another checkpoint is used than the one that was meant
     * @return by PyTorch's names: {@code 0.weight}
     * @throws IllegalArgumentException when they cannot be read, or are of another network
     */
    public static Map<String, Tensor> read(Path path, Model model, Consumer<String> notices) {
        if (!Files.isDirectory(path)) {
            return WeightsFile.read(path, model);
        }
        requireCheckpoint(path);
        Map<String, Tensor> all = CheckpointStore.loadLast(path, notices).tensors();
        Map<String, Tensor> weights = new LinkedHashMap<>(all);
        // what is kept for a weight is named behind it: 0.weight.exp_avg
        weights.keySet().removeIf(name -> !name.matches("\\d+\\..*") || isBehindAnother(name, all));
        return WeightsFile.checked(path, weights, model);
    }

    /** A folder may also be one that weights were downloaded into. */
    private static void requireCheckpoint(Path folder) {
        if (Files.exists(folder.resolve(Layout.MANIFEST)) || Files.exists(folder.resolve(Layout.CHECKPOINTS))) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<String> weights = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".safetensors") || name.endsWith(".safetensors.index.json"))
                    .sorted()
                    .toList();
            if (!weights.isEmpty()) {
                throw new IllegalArgumentException(folder + ": a folder with " + String.join(", ", weights)
                        + " (expected: a safetensors file, or the folder of a checkpoint or run); name the file");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    folder + ": " + InWords.reason(e) + " (expected: a readable folder); check its permissions", e);
        }
    }

    private static boolean isBehindAnother(String name, Map<String, Tensor> all) {
        int dot = name.lastIndexOf('.');
        return dot > 0 && (all.containsKey(name.substring(0, dot)) || isBehindAnother(name.substring(0, dot), all));
    }
}
