package millrace.actors.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.event.RunResult;

/** A run that a cluster trains. */
public final class ClusterRun {
    private final CompletableFuture<Ended> ended;
    private final Runnable interrupt;

    /**
     * @param ended completed by the client that hears of the run
     * @param interrupt asks the run to end
     */
    public ClusterRun(CompletableFuture<Ended> ended, Runnable interrupt) {
        this.ended = ended;
        this.interrupt = interrupt;
    }

    /**
     * How it ended.
     *
     * @param result without the final state, which is in the run folder
     * @param weightsSha256 over all parameters
     */
    public record Outcome(RunResult result, String weightsSha256) {}

    /** Asks the run to end after the steps that are under way. */
    public void interrupt() {
        interrupt.run();
    }

    /**
     * Waits for the end of the run.
     *
     * @throws IllegalArgumentException when its settings or files were wrong
     * @throws IllegalStateException when it failed
     */
    public Outcome await() {
        try {
            Ended end = ended.join();
            return new Outcome(end.result(), end.weightsSha256());
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
