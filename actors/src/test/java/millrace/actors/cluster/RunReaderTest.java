package millrace.actors.cluster;

import static millrace.nn.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import millrace.actors.Training;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a run of a cluster begins that is to go on from the checkpoint of an earlier one: two epochs of four batches. */
class RunReaderTest {
    private static final Model MODEL = Model.of(Shape.of(6), dense(3));

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void train() {
        training(16).checkpoints(folder.resolve("first")).fitSequentially(data(64));
    }

    private static Training training(int batch) {
        return Training.of(MODEL).batch(batch).epochs(2);
    }

    private static Dataset data(int samples) {
        return new RandomClassesSource(samples, 6, 3, 1).generate();
    }

    private RunReader.Begun begin(int batch, int samples) {
        RunOrder order = new RunOrder(
                "second",
                folder.resolve("second").toString(),
                "",
                Optional.of(folder.resolve("first/checkpoints/last").toString()),
                Optional.empty(),
                1,
                2,
                Duration.ofSeconds(5),
                Set.of());
        return new RunReader(_ -> training(batch).epochs(3).plan(data(samples)), RunStorages.shared("one"))
                .begin(order, 0);
    }

    @Test
    void theSameRunGoesOn() {
        RunReader.Begun begun = begin(16, 64);

        assertThat(begun.plan().start().step()).isEqualTo(8);
        assertThat(begun.plan().lastStep()).isEqualTo(12);
        assertThat(begun.plan().warnings()).isEmpty();
    }

    @Test
    void anotherRunIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begin(8, 64))
                .withMessageStartingWith(
                        "batch: 8 (expected: 16, as the checkpoint was made with; a step is a batch);");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begin(16, 80))
                .withMessageStartingWith("training samples: 80 (expected: 64, as the checkpoint was made with;");
    }
}
