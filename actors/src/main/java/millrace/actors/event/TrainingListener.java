package millrace.actors.event;

import java.util.Map;
import millrace.actors.plan.Snapshot;
import millrace.nn.infer.Evaluation;

/** Who watches a run: called on the trainer's thread, in the order of things. */
public interface TrainingListener {
    /** Something happened. */
    void onEvent(TrainingEvent event);

    /** Whether {@link #onCheckpoint} wants snapshots; taking one copies all weights. */
    default boolean wantsCheckpoints() {
        return false;
    }

    /** Whether its snapshots shall have gradients too, which takes {@link #wantsCheckpoints}. */
    default boolean wantsGradients() {
        return false;
    }

    /**
     * A consistent snapshot after an epoch, or before an interrupted run ends.
     *
     * @param improved whether the watched evaluation is the best so far
     */
    default void onCheckpoint(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {}

    /** Nobody watches. */
    TrainingListener SILENT = event -> {};
}
