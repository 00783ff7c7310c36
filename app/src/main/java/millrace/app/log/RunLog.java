package millrace.app.log;

import java.io.IOException;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.plan.Snapshot;

/** One form in which a run is logged; called on one thread at a time. */
interface RunLog extends AutoCloseable {
    /** Something happened. */
    void event(TrainingEvent event) throws IOException;

    /** Weights at the end of an epoch, where the run hands them out. */
    default void weights(Snapshot snapshot) throws IOException {}

    /** The run is over. */
    void done(RunResult result, String weightsSha256) throws IOException;

    @Override
    void close() throws IOException;
}
