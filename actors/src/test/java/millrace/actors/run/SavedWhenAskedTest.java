package millrace.actors.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.RunPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that would be saved tomorrow is saved now, because somebody asks for it. */
class SavedWhenAskedTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void aCheckpointIsMadeInTheMiddleOfAnEpoch() {
        RunPlan plan = new PlanBuilder()
                .train(PlanBuilder.data(80_000, 1))
                .line(2, "1f1b", 2)
                .epochs(1000)
                .build();
        Checkpointing checkpointing = Checkpointing.begin(folder, 3, "", CheckpointPace.every(Duration.ofHours(24)));
        PipelineRun run = PipelineRun.start(plan, TrainingListener.SILENT, Optional.of(checkpointing));
        Path last = folder.resolve("checkpoints").resolve("last");

        await().atMost(Duration.ofSeconds(30)).until(() -> {
            run.save();
            return Files.exists(last);
        });
        long saved = CheckpointStore.loadLast(folder).step();
        run.interrupt();
        RunResult result = run.await();

        assertThat(saved).isPositive().isLessThan(plan.lastStep() / 1000);
        assertThat(result.steps()).isGreaterThanOrEqualTo(saved);
    }
}
