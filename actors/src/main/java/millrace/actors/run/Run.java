package millrace.actors.run;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import millrace.actors.event.RunResult;
import millrace.actors.observe.LineObserver;
import millrace.actors.trace.FlightRecord;

/** A run, wherever it is executed: as a line of actors in this JVM, on a cluster, or as the reference without actors. */
public interface Run {
    /**
     * Waits for the end of the run.
     *
     * @throws IllegalArgumentException when its settings, its data or its files were wrong
     * @throws RuntimeException the cause, when it failed
     */
    RunResult await();

    /** Asks the run to end after the steps that are under way; may be called from another thread. */
    void interrupt();

    /** Asks for a checkpoint as soon as one can be made; nothing comes of it where the run is not saved, or is one without actors. */
    default void save() {}

    /** Who looks at what its ranks do now; empty for a run without ranks. */
    default Optional<LineObserver> observer() {
        return Optional.empty();
    }

    /** What its ranks have counted so far, of those that are in this JVM. */
    default List<FlightRecord> counted() {
        return List.of();
    }

    /** Waits for what will be there; what has kept it from being made is thrown as it is, without what futures put around it. */
    static <T> T joined(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
