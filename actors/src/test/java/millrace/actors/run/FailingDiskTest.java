package millrace.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.event.Recorder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reference whose folder cannot be written for a while goes on, and is saved afterwards. */
class FailingDiskTest {
    @TempDir
    Path run;

    @ParameterizedTest
    @ValueSource(strings = {"PT0.000001S", "PT24H"})
    void aFolderThatCannotBeWrittenForAWhile(Duration interval) throws IOException {
        RunPlan plan = new PlanBuilder().line(1, "1f1b", 2).epochs(2).build();
        Path inTheWay = Files.createFile(run.resolve("checkpoints"));
        Recorder told = Recorder.ofEvents().also(event -> {
            if (event instanceof Noticed) {
                delete(inTheWay);
            }
        });
        Checkpointing checkpointing = Checkpointing.begin(run, 3, "", CheckpointPace.every(interval));

        RunResult result =
                ReferenceRun.of(plan, told, Optional.of(checkpointing)).run();

        assertThat(result.finalState().weightsSha256())
                .isEqualTo(new SequentialRun(plan, TrainingListener.SILENT)
                        .run()
                        .finalState()
                        .weightsSha256());
        assertThat(CheckpointStore.loadLast(run).step()).isEqualTo(result.steps());
        assertThat(told.events(Noticed.class))
                .extracting(Noticed::text)
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("warning: the checkpoint of step ")
                                .contains(": not saved, ")
                                .endsWith("; training goes on, and saving is tried again for 60 s"),
                        last -> assertThat(last).endsWith(" was saved, after one failure"));
    }

    private static void delete(Path file) {
        try {
            if (Files.isRegularFile(file)) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
