package millrace.actors.cluster;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.event.RunResult;
import millrace.actors.observe.LineObserver;
import millrace.actors.run.Run;

/** A run that a cluster trains; its result comes without the final state, which is in the run's folder. */
public final class ClusterRun implements Run {
    private final CompletableFuture<Ended> ended;
    private final CompletableFuture<Void> caughtUp;
    private final Runnable interrupt;
    private final Runnable save;
    private final LineObserver observer;

    /**
     * @param ended completed by the client that hears of the run
     * @param caughtUp completed by it when it has heard what was told before it came
     * @param interrupt asks the run to end
     * @param save asks for a checkpoint
     * @param observer looks at its ranks, wherever they are
     */
    public ClusterRun(
            CompletableFuture<Ended> ended,
            CompletableFuture<Void> caughtUp,
            Runnable interrupt,
            Runnable save,
            LineObserver observer) {
        this.ended = ended;
        this.caughtUp = caughtUp;
        this.interrupt = interrupt;
        this.save = save;
        this.observer = observer;
    }

    /** Completed when all that was told of the run before has been heard. */
    public CompletableFuture<Void> caughtUp() {
        return caughtUp;
    }

    /** Waits no longer; the run goes on. */
    public void abandon(RuntimeException why) {
        ended.completeExceptionally(why);
    }

    @Override
    public Optional<LineObserver> observer() {
        return Optional.of(observer);
    }

    @Override
    public void interrupt() {
        interrupt.run();
    }

    @Override
    public void save() {
        save.run();
    }

    @Override
    public RunResult await() {
        return Run.joined(ended).result();
    }
}
