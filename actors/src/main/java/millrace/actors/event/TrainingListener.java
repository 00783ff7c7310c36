package millrace.actors.event;

import java.util.List;
import java.util.Map;
import millrace.actors.plan.Snapshot;
import millrace.nn.infer.Evaluation;

/**
 * Who watches a run: called in the order of things, one call after the other. What happens in the run is told on the
 * thread of the trainer, on a cluster of the client, of a reference of whoever awaits it; its beginning and its end on the
 * thread that begins it and waits for it.
 */
public interface TrainingListener {
    /** Something happened. */
    void onEvent(TrainingEvent event);

    /**
     * Whether {@link #onSnapshot} wants snapshots; taking one copies all weights. Never on a cluster, where nobody sees all of
     * them.
     */
    default boolean wantsSnapshots() {
        return false;
    }

    /** Whether its snapshots shall have gradients too, which takes {@link #wantsSnapshots}. */
    default boolean wantsGradients() {
        return false;
    }

    /**
     * A consistent snapshot after an epoch, or before an interrupted run ends.
     *
     * @param improved whether the watched evaluation is the best so far
     */
    default void onSnapshot(Snapshot snapshot, Map<String, Evaluation> evaluations, boolean improved) {}

    /** All of these: each is told everything, in this order. */
    static TrainingListener all(TrainingListener... listeners) {
        return new Listeners(List.of(listeners));
    }

    /** Nobody watches. */
    TrainingListener SILENT = event -> {};
}
