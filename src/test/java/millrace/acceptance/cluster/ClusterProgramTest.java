package millrace.acceptance.cluster;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import millrace.actors.Trained;
import millrace.actors.Training;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.node.LocalCluster;
import millrace.nn.data.Datasets;
import millrace.nn.data.TrainTest;
import millrace.nn.infer.Evaluation;
import millrace.nn.model.Model;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short Java program trains on a cluster, and goes on where it ended, as one thread would have. */
@Tag("cluster")
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterProgramTest {
    private static final Path SOURCE = Path.of("java/millrace/acceptance/cluster/ClusterProgram.java");

    @TempDir
    Path folder;

    @Test
    void itTrainsAndGoesOnAsOneThreadWouldHave() {
        TrainTest digits = Datasets.load("digits");
        Trained whole = Training.of(Model.of(Shape.of(64), dense(32), relu(), dense(10)))
                .stages(2)
                .microBatches(4)
                .clipNorm(1)
                .epochs(4)
                .fitSequentially(digits.train());

        Trained first = ClusterProgram.run(folder, 2, false);
        Trained second = ClusterProgram.run(folder, 4, true);

        assertThat(first.result().steps()).isEqualTo(whole.result().steps() / 2);
        assertThat(second.result().evaluations()).containsOnlyKeys("test");
        assertThat(second.result().weightsSha256())
                .isEqualTo(whole.result().weightsSha256())
                .isEqualTo(second.result().finalState().weightsSha256());
        Evaluation told = Objects.requireNonNull(second.result().evaluations().get("test"));
        assertThat(second.evaluate(digits.test()).confusion()).isEqualTo(told.confusion());
        Trained loaded = Trained.load(folder.resolve("checkpoints/last"));
        assertThat(loaded.predict(digits.test().inputs()).toFloats())
                .containsExactly(second.predict(digits.test().inputs()).toFloats());
        assertThat(loaded.predictClasses(digits.test().inputs().slice(0, 9)))
                .isEqualTo(second.predictClasses(digits.test().inputs().slice(0, 9)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterProgram.run(folder, 4, false))
                .withMessageContaining("holds those of a run");
    }

    /** From its last checkpoint: a run folder's best one is another, where training makes it worse. */
    @Test
    void aRunInOneProcessGoesOnOnAClusterInAnotherFolder() {
        TrainTest digits = Datasets.load("digits");
        Training training = Training.of(Model.of(Shape.of(64), dense(32), relu(), dense(10)))
                .optimizer(new Sgd(0.5))
                .learningRatePerEpoch(new LearningRate.Step(1, 2))
                .stages(2)
                .test(digits.test());
        Trained whole = training.epochs(5).fitSequentially(digits.train());
        training.epochs(4).checkpoints(folder.resolve("one")).fit(digits.train());
        assertThat(CheckpointStore.load(folder.resolve("one")).step())
                .as("the best epoch is not the last one")
                .isLessThan(CheckpointStore.loadLast(folder.resolve("one")).step());
        training.epochs(5).checkpoints(folder.resolve("other")).resume(folder.resolve("one"));
        try (LocalCluster cluster = LocalCluster.start(2, training.onNodes(digits.train()))) {
            Trained second = training.fit(digits.train(), cluster.client(), 2);

            assertThat(second.result().weightsSha256()).isEqualTo(whole.result().weightsSha256());
        }
    }

    @Test
    void theProgramIsShort() throws IOException {
        assertThat(Files.readAllLines(SOURCE))
                .filteredOn(line -> !line.isBlank())
                .hasSizeLessThanOrEqualTo(25);
    }
}
