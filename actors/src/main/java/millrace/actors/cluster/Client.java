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
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Event;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.ClientProtocol.Happened;
import millrace.actors.cluster.CoordinatorProtocol.Submit;
import millrace.actors.event.TrainingEvent;
import millrace.actors.event.TrainingListener;

/**
 * Asks for a run and hears how it goes. It asks again and again: whoever is the coordinator by then knows the run
 * already, or takes it up where the one before has left it, and knows whom to tell.
 */
public final class Client extends AbstractOnMessageBehavior<Event> {
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private static final Duration SILENCE = Duration.ofMinutes(2);

    record AskAgain() implements ClientProtocol.Local {}

    record Silent() implements ClientProtocol.Local {}

    private final TimerScheduler<Event> timers;
    private final RunOrder order;
    private final TrainingListener listener;
    private final ActorRef<CoordinatorProtocol.Command> coordinator;
    private final CompletableFuture<Ended> ended;

    /**
     * A client that stops at the end of the run.
     *
     * @param ended completed with the end, or exceptionally with the cause of failure
     */
    public static Behavior<Event> create(
            RunOrder order,
            TrainingListener listener,
            ActorRef<CoordinatorProtocol.Command> coordinator,
            CompletableFuture<Ended> ended) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new Client(context, timers, order, listener, coordinator, ended)));
    }

    private Client(
            ActorContext<Event> context,
            TimerScheduler<Event> timers,
            RunOrder order,
            TrainingListener listener,
            ActorRef<CoordinatorProtocol.Command> coordinator,
            CompletableFuture<Ended> ended) {
        super(context);
        this.timers = timers;
        this.order = order;
        this.listener = listener;
        this.coordinator = coordinator;
        this.ended = ended;
        timers.startTimerWithFixedDelay(new AskAgain(), Duration.ZERO, AGAIN);
        awaitSomebody();
    }

    @Override
    public Behavior<Event> onMessage(Event event) {
        return switch (event) {
            case AskAgain() -> {
                coordinator.tell(new Submit(order, getContext().getSelf()));
                yield this;
            }
            case Accepted(String _) -> {
                awaitSomebody();
                yield this;
            }
            case Silent() ->
                failed(new IllegalStateException("trainer: silent for " + SILENCE.toSeconds()
                        + " s (expected: a node that takes the run up); start nodes, then go on with --resume "
                        + order.folder()));
            case Happened(String runId, TrainingEvent happened) -> {
                if (runId.equals(order.id())) {
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
                            + " this command; when they are through, or for a run without any, go on with --resume "
                            + order.folder()));
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
