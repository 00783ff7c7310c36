package millrace.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetsTest {

    @ParameterizedTest
    @CsvSource({
        "digits, 1438, 359, 64, 10",
        "iris, 120, 30, 4, 3",
        "breast-cancer, 455, 114, 30, 2",
        "diabetes, 354, 88, 10, 0",
        "linear, 800, 200, 1, 0",
        "random-classes, 6554, 1638, 784, 10"
    })
    void setsHaveTheirSizes(String name, int train, int test, int features, int classes) {
        TrainTest sets = Datasets.load(name);

        for (Dataset part : new Dataset[] {sets.train(), sets.test()}) {
            assertThat(part.name()).isEqualTo(name);
            assertThat(part.sampleShape()).isEqualTo(Shape.of(features));
            assertThat(part.classes()).hasSize(classes);
        }
        assertThat(sets.train().size()).isEqualTo(train);
        assertThat(sets.test().size()).isEqualTo(test);
    }

    /** Sums over both parts, computed apart in Python from the shipped files. */
    @ParameterizedTest
    @CsvSource({
        "digits, 35107.375000, 8070",
        "iris, 2078.700000, 150",
        "breast-cancer, 1056474.459636, 357",
        "diabetes, 276404.233600, 67243"
    })
    void setsHaveTheirValues(String name, double inputs, double targets) {
        TrainTest sets = Datasets.load(name);

        assertThat(sum(sets.train().inputs()) + sum(sets.test().inputs())).isCloseTo(inputs, within(inputs * 1e-6));
        assertThat(sum(sets.train().targets()) + sum(sets.test().targets())).isEqualTo(targets);
    }

    @Test
    void classesHaveTheirNames() {
        assertThat(Datasets.load("iris").train().classes()).containsExactly("setosa", "versicolor", "virginica");
        assertThat(Datasets.load("breast-cancer").test().classes()).containsExactly("malignant", "benign");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iris", "linear", "random-classes"})
    void everyLoadGivesTheSame(String name) {
        TrainTest first = Datasets.load(name);
        TrainTest second = Datasets.load(name);

        assertThat(second.train().inputs().toFloats())
                .isEqualTo(first.train().inputs().toFloats());
        assertThat(second.test().inputs().toFloats())
                .isEqualTo(first.test().inputs().toFloats());
    }

    @Test
    void unknownNamesListTheKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Datasets.load("mnits"))
                .withMessage("data set: mnits (expected: one of breast-cancer, diabetes, digits, iris, linear, mnist,"
                        + " random-classes); correct the name or give a file");
        assertThat(Datasets.names())
                .containsExactly("breast-cancer", "diabetes", "digits", "iris", "linear", "mnist", "random-classes");
    }

    @Test
    void mnistIsComplete() {
        TrainTest mnist = Datasets.load("mnist");

        assertThat(mnist.train().inputs().shape()).isEqualTo(Shape.of(60_000, 784));
        assertThat(mnist.test().inputs().shape()).isEqualTo(Shape.of(10_000, 784));
        assertThat(mnist.train().classes()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(counts(mnist.train())).containsExactly(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949);
        assertThat(counts(mnist.test())).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
        Tensor pixels = mnist.train().inputs();
        double mean = sum(pixels) / pixels.shape().size();
        double squares = 0;
        for (long i = 0; i < pixels.shape().size(); i++) {
            squares += (pixels.getFloat(i) - mean) * (pixels.getFloat(i) - mean);
        }
        assertThat(mean).isCloseTo(0.13066, within(5e-6));
        assertThat(Math.sqrt(squares / pixels.shape().size())).isCloseTo(0.30811, within(5e-6));
    }

    @Test
    void mnistDigestsAreChecked() {
        DataFile labels = DataFile.shipped("mnist/t10k-labels-idx1-ubyte.gz", "0123");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> labels.read(bytes -> bytes.read()))
                .withMessage("mnist/t10k-labels-idx1-ubyte.gz: md5 27ae3e4e09519cfbb04c329615203637"
                        + " (expected: 0123); the file is damaged, install it again");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DataFile.shipped("none.csv", null).read(bytes -> bytes.read()))
                .withMessage("none.csv: not in the program's jar (expected: a shipped data set); build the jar again");
    }

    private static int[] counts(Dataset dataset) {
        int[] counts = new int[dataset.classes().size()];
        IntStream.range(0, dataset.size())
                .map(row -> dataset.targets().getInt(row))
                .forEach(label -> counts[label]++);
        return counts;
    }

    private static double sum(Tensor tensor) {
        double sum = 0;
        for (long i = 0; i < tensor.shape().size(); i++) {
            sum += switch (tensor.type()) {
                case F32 -> tensor.getFloat(i);
                case I32 -> tensor.getInt(i);
                case BF16 -> throw new IllegalStateException("bfloat16 in a data set");
            };
        }
        return sum;
    }

    /** Two copies would take twice the memory, for as long as both are used. */
    @Test
    void threadsThatAskAtTheSameTimeShareOneCopy() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<TrainTest>> asked =
                    threads.invokeAll(Collections.nCopies(8, () -> Datasets.load("random-classes")));
            TrainTest first = asked.getFirst().get();
            for (Future<TrainTest> one : asked) {
                assertThat(one.get()).isSameAs(first);
            }
        }
    }
}
