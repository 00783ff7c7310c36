package millrace.actors.checkpoint;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import millrace.actors.plan.CourseState;
import millrace.actors.plan.RunPlan;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * How a run whose stages write their own files is saved.
 *
 * @param store of its run folder
 * @param epochs of its run folder
 * @param epoch that the run was started with
 * @param configuration the resolved configuration of the run, as HOCON
 * @param network whose weights are saved
 * @param interval between two cuts, on average; each costs a copy of weights and optimizer state
 * @param saved told of each checkpoint when it is complete, on the thread that has made it
 */
public record Checkpointing(
        CheckpointStore store,
        RunEpochs epochs,
        long epoch,
        String configuration,
        SavedModel network,
        Duration interval,
        Consumer<Saved> saved) {
    /**
     * A checkpoint that is complete.
     *
     * @param folder its step folder
     */
    public record Saved(Path folder, Manifest manifest) {}

    /** Of a run whose network nobody has named yet. */
    public Checkpointing(CheckpointStore store, RunEpochs epochs, long epoch, String configuration, Duration interval) {
        this(store, epochs, epoch, configuration, SavedModel.UNKNOWN, interval, _ -> {});
    }

    /** The same, with what the checkpoints say of the plan's network. */
    public Checkpointing describing(RunPlan plan) {
        return new Checkpointing(store, epochs, epoch, configuration, SavedModel.of(plan), interval, saved);
    }

    /** The same, and somebody is told of each checkpoint. */
    public Checkpointing telling(Consumer<Saved> listener) {
        return new Checkpointing(store, epochs, epoch, configuration, network, interval, listener);
    }

    /**
     * Saves a run from now on: claims the folder's next run epoch.
     *
     * @param runFolder made if it is not there
     * @param keep how many checkpoints stay, besides the best
     * @throws IllegalArgumentException when the folder cannot be written, or the interval is not above 0
     */
    public static Checkpointing begin(Path runFolder, int keep, String configuration, Duration interval) {
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("checkpoint.interval: " + interval + " (expected: a time above 0)");
        }
        RunEpochs epochs = new RunEpochs(runFolder);
        CheckpointStore store = new CheckpointStore(runFolder, keep);
        long epoch = epochs.claim();
        Leftovers.removeSucceeded(runFolder);
        return new Checkpointing(store, epochs, epoch, configuration, interval);
    }

    /**
     * Makes a checkpoint of what the stages of this run epoch have written; may block.
     *
     * @throws IllegalStateException when another trainer has taken the run over
     * @throws IllegalArgumentException when it cannot be written
     */
    public void commit(
            Path pending,
            long step,
            List<FileEntry> files,
            Map<String, Double> metrics,
            CourseState progress,
            boolean best) {
        epochs.requireNewest(epoch);
        Manifest manifest = new Manifest(
                Manifest.FORMAT,
                step,
                "",
                files,
                configuration,
                network.text(),
                metrics,
                progress.figures(),
                progress.terms().values());
        saved.accept(new Saved(store.commit(pending, manifest, best), manifest));
    }
}
