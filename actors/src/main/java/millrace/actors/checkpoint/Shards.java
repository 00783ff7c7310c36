package millrace.actors.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import millrace.actors.plan.Snapshot;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.io.InWords;
import millrace.nn.io.Safetensors;
import millrace.nn.io.Sha256;
import millrace.nn.weights.NamedTensor;

/** The files of a checkpoint that hold tensors: two for a snapshot, of the whole model or of one stage. */
public final class Shards {
    private Shards() {}

    /**
     * Writes one stage's weights and optimizer state.
     *
     * @param folder made if it is not there
     * @param stage of so many; the files of a whole model have names without a number
     * @return the two files, which are on the disk by then
     * @throws IllegalArgumentException when they cannot be written
     */
    public static List<FileEntry> write(Path folder, int stage, int stages, Snapshot snapshot) {
        List<String> names = names(stage, stages);
        Path weights = folder.resolve(names.getFirst());
        Path optimizer = folder.resolve(names.getLast());
        try {
            Files.createDirectories(folder);
            return List.of(write(weights, snapshot.weights()), write(optimizer, snapshot.optimizerState()));
        } catch (UncheckedIOException | IOException e) {
            throw new IllegalArgumentException(
                    Layout.visible(folder) + ": not saved, " + InWords.reason(e)
                            + " (expected: a writable disk with room"
                            + (stages == 1 ? "" : ", the same for all workers")
                            + "); check the disk and its permissions",
                    e);
        }
    }

    private static FileEntry write(Path file, List<NamedTensor> tensors) throws IOException {
        MessageDigest digest = Sha256.digest();
        Safetensors.write(file, NamedTensor.byName(tensors), metadata(), digest);
        return new FileEntry(file.getFileName().toString(), Files.size(file), Sha256.text(digest));
    }

    private static SequencedMap<String, String> metadata() {
        return new TreeMap<>(Map.of("format", "pt"));
    }

    /**
     * The same files in memory, by name.
     *
     * @param memory where each is to live
     */
    public static SequencedMap<String, MemorySegment> images(
            int stage, int stages, Snapshot snapshot, SegmentAllocator memory) {
        List<String> names = names(stage, stages);
        SequencedMap<String, MemorySegment> images = new LinkedHashMap<>();
        List.of(snapshot.weights(), snapshot.optimizerState()).forEach(tensors -> {
            String name = names.get(images.size());
            images.put(name, Safetensors.image(name, memory, NamedTensor.byName(tensors), metadata()));
        });
        return images;
    }

    /** The names of one stage's files, that of its weights first. */
    public static List<String> names(int stage, int stages) {
        String name = "stage-" + stage + "-of-" + stages;
        return stages == 1
                ? List.of(Layout.MODEL, Layout.OPTIMIZER)
                : List.of(name + ".safetensors", name + "-" + Layout.OPTIMIZER);
    }
}
