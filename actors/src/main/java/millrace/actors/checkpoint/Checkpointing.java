package millrace.actors.checkpoint;

import java.nio.file.Path;
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
 * @param target where to
 * @param configuration the resolved configuration of the run, as HOCON
 * @param network whose weights are saved
 * @param pace how often, within an epoch; each costs a copy of weights and optimizer state
 * @param saved told of each checkpoint when it is complete, on the thread that has made it
 */
public record Checkpointing(
        Target target, String configuration, SavedModel network, CheckpointPace pace, Consumer<Saved> saved) {
    /**
     * A checkpoint that is complete.
     *
     * @param folder its step folder, where it is in one folder
     */
    public record Saved(Path folder, Manifest manifest) {}

    /** Where checkpoints are written to, by who has the right to. Its methods may block. */
    public interface Target {
        /** Where the stages write the files of a cut, before it is a checkpoint; only the name means the same on all nodes. */
        Path pending(long step);

        /**
         * Makes a checkpoint of what the stages have written.
         *
         * @param best whether it is the best so far
         * @return its folder, where it is in one
         * @throws IllegalStateException when another trainer has taken the run over
         * @throws IllegalArgumentException when it cannot be written
         */
        Path commit(Path pending, Manifest manifest, boolean best);

        /** Removes what was written of a checkpoint that will not be completed; what cannot be removed stays. */
        void discard(Path pending);
    }

    /**
     * A folder that all stages write into.
     *
     * @param store of it
     * @param epochs of it
     * @param epoch that the run was started with
     */
    public record InFolder(CheckpointStore store, RunEpochs epochs, long epoch) implements Target {
        @Override
        public Path pending(long step) {
            return store.pending(step);
        }

        @Override
        public Path commit(Path pending, Manifest manifest, boolean best) {
            epochs.requireNewest(epoch);
            return store.commit(pending, manifest.writtenIn(epoch), best);
        }

        @Override
        public void discard(Path pending) {
            CheckpointStore.discard(pending);
        }
    }

    /** Of a run whose network nobody has named yet. */
    public Checkpointing(Target target, String configuration, CheckpointPace pace) {
        this(target, configuration, SavedModel.UNKNOWN, pace, _ -> {});
    }

    /** The same, with what the checkpoints say of the plan's network. */
    public Checkpointing describing(RunPlan plan) {
        return new Checkpointing(target, configuration, SavedModel.of(plan), pace, saved);
    }

    /** The same, and somebody is told of each checkpoint. */
    public Checkpointing telling(Consumer<Saved> listener) {
        return new Checkpointing(target, configuration, network, pace, listener);
    }

    /**
     * Saves a run from now on: claims the folder's next run epoch.
     *
     * @param runFolder made if it is not there
     * @param keep how many checkpoints stay, besides the best
     * @throws IllegalArgumentException when the folder cannot be written
     */
    public static Checkpointing begin(Path runFolder, int keep, String configuration, CheckpointPace pace) {
        RunEpochs epochs = new RunEpochs(runFolder);
        CheckpointStore store = new CheckpointStore(runFolder, keep);
        long epoch = epochs.claim();
        Leftovers.removeSucceeded(runFolder);
        return new Checkpointing(new InFolder(store, epochs, epoch), configuration, pace);
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
        saved.accept(new Saved(target.commit(pending, manifest, best), manifest));
    }
}
