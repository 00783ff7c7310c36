package millrace.app.output;

import java.io.IOException;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.Snapshot;

/**
 * One way in which a run is told, to people or to programs. An output looks at the kinds of events that it shows and leaves
 * the rest to a {@code default}, so a new kind does not concern it. It is called in the order of things, one call after the
 * other.
 */
public interface RunOutput extends AutoCloseable {
    /** Something happened. */
    void on(TrainingEvent event) throws IOException;

    /** A line that is for people only. */
    default void say(String line) {}

    /** Whether {@link #weights} is to be called, for which the run takes a snapshot: a copy of all weights. */
    default boolean wantsWeights() {
        return false;
    }

    /** Whether those snapshots shall have gradients too. */
    default boolean wantsGradients() {
        return false;
    }

    /** The weights at the end of an epoch; never on a cluster, where nobody sees all of them. */
    default void weights(Snapshot snapshot) throws IOException {}

    /** The run is over, or has failed. */
    @Override
    default void close() throws IOException {}
}
