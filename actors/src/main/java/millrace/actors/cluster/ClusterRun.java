package millrace.actors.cluster;

import java.util.concurrent.CompletableFuture;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.event.RunResult;
import millrace.actors.run.Run;

/** A run that a cluster trains; its result comes without the final state, which is in the run's folder. */
public final class ClusterRun implements Run {
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

    @Override
    public void interrupt() {
        interrupt.run();
    }

    @Override
    public RunResult await() {
        return Run.joined(ended).result();
    }
}
