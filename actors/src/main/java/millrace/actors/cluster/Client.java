package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Event;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;

/**
 * Asks for a run and hears how it goes. It asks again and again: whoever leads the jobs by then knows the run
 * already, or takes it up where the one before has left it, and knows whom to tell.
 */
public final class Client extends AbstractOnMessageBehavior<Event> {
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private static final Duration SILENCE = Duration.ofMinutes(2);

    record AskAgain() implements ClientProtocol.Local {}

    record Silent() implements ClientProtocol.Local {}

    private final TimerScheduler<Event> timers;
    private final Wish wish;
    private final TrainingListener listener;
    private final CompletableFuture<Ended> ended;
    private final CompletableFuture<Void> caughtUp;

    /**
     * What a client asks for.
     *
     * @param run name of the run
     * @param otherwise what its user can do when the cluster is lost
     * @param ask asks for it once, with the client as the one to be told
     */
    public record Wish(String run, String otherwise, Consumer<ActorRef<Event>> ask) {}

    /**
     * A client that stops at the end of the run.
     *
     * @param ended completed with the end, or exceptionally with the cause of failure
     * @param caughtUp completed when it has heard what was told before it came
     */
    public static Behavior<Event> create(
            Wish wish, TrainingListener listener, CompletableFuture<Ended> ended, CompletableFuture<Void> caughtUp) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new Client(context, timers, wish, listener, ended, caughtUp)));
    }

    private Client(
            ActorContext<Event> context,
            TimerScheduler<Event> timers,
            Wish wish,
            TrainingListener listener,
            CompletableFuture<Ended> ended,
            CompletableFuture<Void> caughtUp) {
        super(context);
        this.timers = timers;
        this.wish = wish;
        this.listener = listener;
        this.ended = ended;
        this.caughtUp = caughtUp;
        timers.startTimerWithFixedDelay(new AskAgain(), Duration.ZERO, AGAIN);
        awaitSomebody();
    }

    @Override
    public Behavior<Event> onMessage(Event event) {
        return switch (event) {
            case AskAgain() -> {
                wish.ask().accept(getContext().getSelf());
                yield this;
            }
            case Accepted(String _) -> {
                caughtUp.complete(null);
                awaitSomebody();
                yield this;
            }
            case Silent() ->
                failed(new IllegalStateException("trainer: silent for " + SILENCE.toSeconds()
                        + " s (expected: a node that takes the run up); start nodes, then "
                        + wish.otherwise()));
            case Happened(String runId, TrainingEvent happened) -> {
                if (runId.equals(wish.run())) {
                    listener.onEvent(happened);
                }
                yield this;
            }
            case Ended end -> {
                ended.complete(end);
                yield Behaviors.stopped();
            }
            case Failed(String _, String reason, boolean badInput) ->
                failed(badInput ? new IllegalArgumentException(reason) : new IllegalStateException(reason));
        };
    }

    @Override
    public Behavior<Event> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            ended.completeExceptionally(new IllegalStateException(
                    "cluster: lost before the run's end (expected: nodes that answer); nodes that are left go on without"
                            + " this command; when they are through, or for a run without any, " + wish.otherwise()));
        }
        return this;
    }

    /** A new trainer may take a while, but not for ever. */
    private void awaitSomebody() {
        timers.startSingleTimer(new Silent(), SILENCE);
    }

    private Behavior<Event> failed(RuntimeException cause) {
        ended.completeExceptionally(cause);
        return Behaviors.stopped();
    }
}
