package millrace.actors.cluster;

import static millrace.nn.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import millrace.actors.Training;
import millrace.actors.cluster.RecoveryFact.Beginning;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunTerms;
import millrace.actors.rank.StepWord;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.model.Model;
import millrace.nn.optimizer.Plateau;
import millrace.nn.tensor.Shape;
import millrace.schedule.PipelineShape;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Schedules;
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
        RunOrder order = Orders.in(folder.resolve("second"))
                .from(Optional.of(folder.resolve("first/checkpoints/last").toString()));
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

    /** There is none in its folder. */
    @Test
    void whatWorkersHoldIsGoneOnFromWithoutACheckpoint() {
        CourseState course = new CourseState(0.5, 6, 12, 12, 0.25, 1, 4, Plateau.State.FRESH, RunTerms.UNKNOWN);
        LiveCut live = new LiveCut(new StepWord(6, 0, course), List.of());
        Schedule copies = Replication.of(Schedules.generate("interleaved-1f1b", new PipelineShape(2, 2, 2)), 3);
        RunReader reader = new RunReader(
                _ -> new PlanBuilder()
                        .model(PlanBuilder.DEEP)
                        .schedule(copies)
                        .batch(12)
                        .build(),
                RunStorages.shared("one"));
        RunOrder order = Orders.in(folder.resolve("third"));

        RunReader.Begun begun = reader.begin(order, 7, Optional.of(live));

        assertThat(begun.beginning())
                .isEqualTo(new Beginning(
                        8, 6, 6, Optional.empty(), Optional.of(live), List.of(0, 1, 0, 1, 0, 1), List.of()));
        assertThat(begun.plan().start().progress()).isEqualTo(course);
        assertThat(begun.plan().start().step()).isEqualTo(6);
        assertThat(begun.plan().stepsTogether()).isTrue();
        assertThat(reader.begin(order, 0).beginning().together()).isTrue();
        assertThat(begin(16, 64).beginning().together()).isFalse();
    }

    /** Workers that were cut off for long may hold what is older. */
    @Test
    void aNewerCheckpointGoesBeforeWhatWorkersHold() throws IOException {
        Path run = folder.resolve("first");
        RunReader reader = new RunReader(_ -> training(16).plan(data(64)), RunStorages.shared("one"));
        RunOrder order = Orders.in(run);
        LiveCut older = new LiveCut(new StepWord(7, 0, CourseState.NONE), List.of());
        LiveCut same = new LiveCut(new StepWord(8, 0, CourseState.NONE), List.of());

        assertThat(reader.begin(order, 0, Optional.of(older)).beginning().fromStep())
                .isEqualTo(8);
        assertThat(reader.begin(order, 0, Optional.of(older)).beginning().live())
                .isEmpty();
        assertThat(reader.begin(order, 0, Optional.of(same)).beginning().live()).contains(same);

        // what is newer by its name is none
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".safetensors"))
                    .toList()) {
                Files.write(file, new byte[] {1});
            }
        }
        assertThat(reader.begin(order, 0, Optional.of(older)).beginning().live())
                .contains(older);
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
