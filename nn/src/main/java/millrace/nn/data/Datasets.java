package millrace.nn.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.lang.ref.SoftReference;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.nn.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The data sets that come with the program, by name; sources and licences stand in the README beside the files.
 *
 * <pre>
 * name            samples          features  predicts
 * mnist           60,000 + 10,000  784       10 digits; pixels 0 to 1
 * digits           1,797           64        10 digits; pixels 0 to 1
 * iris               150           4         3 species
 * breast-cancer      569           30        malignant or benign
 * diabetes           442           10        progression after a year, 25 to 346
 * linear           1,000           1         y = 2x + 1 + noise of 0.1
 * random-classes   8,192           784       10 classes
 * </pre>
 *
 * A set without a test part of its own is split 80/20 with seed {@value #SPLIT_SEED}.
 */
public final class Datasets {
    /** Seed of the split of every set that has no test part of its own. */
    public static final long SPLIT_SEED = 1234;

    private static final double TEST_FRACTION = 0.2;
    private static final long SOURCE_SEED = 7;
    private static final float DIGITS_INK = 16;

    private static final Map<String, Supplier<TrainTest>> CATALOG = Collections.unmodifiableMap(new TreeMap<>(Map.of(
            "mnist", Datasets::mnist,
            "digits", () -> split(digits()),
            "iris", () -> split(withOwnHeader("iris", "iris.csv")),
            "breast-cancer", () -> split(withOwnHeader("breast-cancer", "breast_cancer.csv")),
            "diabetes", () -> split(diabetes()),
            "linear", () -> split(new LinearSource(2, 1, 0.1, 1000, SOURCE_SEED).generate()),
            "random-classes", () -> split(new RandomClassesSource(8192, 784, 10, SOURCE_SEED).generate()))));

    private static final Map<String, Shared> READ = CATALOG.entrySet().stream()
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> new Shared(entry.getValue())));

    /** One data set, read once however many ask for it at a time, and kept until the heap becomes scarce. */
    private static final class Shared {
        private final Supplier<TrainTest> source;
        private SoftReference<@Nullable TrainTest> read = new SoftReference<>(null);

        private Shared(Supplier<TrainTest> source) {
            this.source = source;
        }

        private synchronized TrainTest get() {
            TrainTest there = read.get();
            if (there == null) {
                there = source.get();
                read = new SoftReference<>(there);
            }
            return there;
        }
    }

    private Datasets() {}

    /** What {@link #load} knows, in alphabetic order. */
    public static List<String> names() {
        return List.copyOf(CATALOG.keySet());
    }

    /**
     * Reads a data set; samples are flat, n x features. Whoever reads it again may get the same tensors, which therefore
     * must not be written to.
     *
     * @throws IllegalArgumentException on an unknown name, or when a shipped file is missing or damaged
     */
    public static TrainTest load(String name) {
        Shared entry = READ.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("data set: " + name + " (expected: one of " + String.join(", ", names())
                    + "); correct the name or give a file");
        }
        return entry.get();
    }

    private static TrainTest split(Dataset dataset) {
        Splits splits = Splits.of(dataset, 0, TEST_FRACTION, SPLIT_SEED);
        return new TrainTest(splits.train(), splits.test());
    }

    private static TrainTest mnist() {
        return new TrainTest(
                mnist("train", "6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624"),
                mnist("t10k", "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"));
    }

    /** Digests are of the unpacked files. */
    private static Dataset mnist(String part, String imagesMd5, String labelsMd5) {
        DataFile images = DataFile.shipped("mnist/" + part + "-images-idx3-ubyte.gz", imagesMd5);
        DataFile labels = DataFile.shipped("mnist/" + part + "-labels-idx1-ubyte.gz", labelsMd5);
        return IdxReader.read("mnist", images, labels, tenDigits()).withSampleShape(Shape.of(28 * 28));
    }

    private static Dataset digits() {
        CsvOptions options = CsvOptions.classification().withClasses(tenDigits());
        Dataset raw = csv("digits", "digits.csv.gz", options);
        return Normalization.of(0, DIGITS_INK).apply(raw);
    }

    private static List<String> tenDigits() {
        return IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    }

    private static Dataset csv(String name, String resource, CsvOptions options) {
        return DataFile.shipped(resource, null)
                .read(bytes -> CsvReader.read(resource, CsvReader.text(bytes), 0, options))
                .withName(name);
    }

    /** The first line of these files is no header: {@code samples,features,class names}. */
    private static Dataset withOwnHeader(String name, String resource) {
        return DataFile.shipped(resource, null)
                .read(bytes -> {
                    BufferedReader text = CsvReader.text(bytes);
                    List<String> first =
                            Arrays.asList(String.valueOf(text.readLine()).split(","));
                    CsvOptions options = CsvOptions.classification()
                            .withHeader(CsvOptions.Header.FALSE)
                            .withClasses(first.subList(2, first.size()));
                    return CsvReader.read(resource, text, 1, options);
                })
                .withName(name);
    }

    /** Features and target lie in two files, line beside line. */
    private static Dataset diabetes() {
        List<String> features = lines("diabetes_data_raw.csv.gz");
        List<String> targets = lines("diabetes_target.csv.gz");
        StringBuilder joined = new StringBuilder();
        for (int row = 0; row < features.size(); row++) {
            joined.append(features.get(row))
                    .append(' ')
                    .append(targets.get(row))
                    .append('\n');
        }
        try {
            BufferedReader text = new BufferedReader(new StringReader(joined.toString()));
            return CsvReader.read("diabetes", text, 0, CsvOptions.regression());
        } catch (IOException e) {
            throw new IllegalStateException("a string cannot fail to be read", e);
        }
    }

    private static List<String> lines(String resource) {
        return DataFile.shipped(resource, null)
                .read(bytes -> CsvReader.text(bytes).readAllLines());
    }
}
