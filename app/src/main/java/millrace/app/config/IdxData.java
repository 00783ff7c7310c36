package millrace.app.config;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.data.Dataset;
import millrace.nn.data.IdxReader;
import millrace.nn.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Images in IDX files as the data of a run. Both sets have the same classes: a test set that lacks the last ones would otherwise
 * seem to have fewer.
 */
record IdxData(Dataset train, @Nullable Dataset test) {
    /**
     * Reads the block {@code data.idx}.
     *
     * @param saved classes of a saved run; empty for a new one
     */
    static IdxData read(Settings idx, List<String> saved) {
        Dataset train = read(idx, "train");
        Dataset test = idx.has("test-images") ? read(idx, "test") : null;
        int classes = Stream.of(
                        saved.size(),
                        train.classes().size(),
                        test == null ? 0 : test.classes().size())
                .mapToInt(Integer::intValue)
                .max()
                .orElse(0);
        List<String> names = IntStream.range(0, classes)
                .mapToObj(label -> label < saved.size() ? saved.get(label) : String.valueOf(label))
                .toList();
        return new IdxData(train.withClasses(names), test == null ? null : test.withClasses(names));
    }

    /**
     * The settings that name the user's files, as the block {@code data} has them.
     *
     * @throws IllegalArgumentException when there are labels for no images
     */
    static List<String> files(Settings idx) {
        if (idx.has("test-labels") && !idx.has("test-images")) {
            throw idx.problem(
                    "test-labels", idx.text("test-labels"), "data.idx.test-images beside it, whose labels these are");
        }
        return Stream.of("train-images", "train-labels", "test-images", "test-labels")
                .map(key -> "idx." + key)
                .toList();
    }

    private static Dataset read(Settings idx, String part) {
        return flat(IdxReader.read(Path.of(idx.text(part + "-images")), Path.of(idx.text(part + "-labels"))));
    }

    /** Images of another pair of files, with their labels. */
    static Dataset read(Path images, Path labels) {
        return flat(IdxReader.read(images, labels));
    }

    private static Dataset flat(Dataset read) {
        return read.withSampleShape(Shape.of((int) read.sampleShape().size()));
    }
}
