package millrace.actors.checkpoint;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.plan.BestEpoch;
import millrace.actors.plan.Start;
import millrace.nn.model.Model;

/**
 * Where a run goes on.
 *
 * @param checkpoint all that the run was
 * @param best the checkpoint of the best epoch so far, for a run that takes its weights back; empty when there was none yet
 */
public record ResumePoint(Checkpoint checkpoint, Optional<Checkpoint> best) {
    /**
     * A checkpoint as a point to go on from.
     *
     * @param takesBackBest whether the run ends with the weights of its best epoch
     * @throws IllegalArgumentException when the best epoch's checkpoint is gone or damaged
     */
    public static ResumePoint of(Checkpoint checkpoint, boolean takesBackBest) {
        return new ResumePoint(checkpoint, takesBackBest ? CheckpointStore.bestBefore(checkpoint) : Optional.empty());
    }

    /**
     * A run folder's newest checkpoint that is whole; of a checkpoint's own folder, that one.
     *
     * @param damaged told of each newer one that is not whole, with the reason, and of a link that leads to none
     * @throws IllegalArgumentException when there is none
     */
    public static Checkpoint newest(Path path, Consumer<String> damaged) {
        return CheckpointStore.newestWhole(path, damaged).orElseGet(() -> CheckpointStore.loadLast(path, damaged));
    }

    /** Where the run's plan begins. */
    public Start start(Model model) {
        Start start = checkpoint.start();
        return new Start(
                start.step(),
                start.tensors(),
                start.progress(),
                best.map(saved -> BestEpoch.of(saved.snapshot(model))));
    }

    /**
     * Saves the best epoch, and what comes after it, into another folder in which the run goes on, so that it has all it
     * needs; nothing where there is no best epoch, or the folder is the run's own.
     *
     * @param configuration the resolved configuration of the run, as HOCON
     */
    public void takeOver(CheckpointStore store, Model model, String configuration) {
        best.filter(saved -> !store.holds(saved)).ifPresent(saved -> {
            store.save(saved.snapshot(model), configuration, saved.network(), saved.metrics(), true);
            if (saved.step() != checkpoint.step()) {
                store.save(
                        checkpoint.snapshot(model), configuration, checkpoint.network(), checkpoint.metrics(), false);
            }
        });
    }
}
