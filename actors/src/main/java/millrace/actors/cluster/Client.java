package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.Behaviors;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Event;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.ClientProtocol.Told;
import millrace.actors.cluster.CoordinatorProtocol.Submit;
import millrace.actors.event.TrainingListener;

/**
 * Asks for a run and hears how it goes. It asks again and again: whoever is the trainer by then knows the run already,
 * or takes it up where the one before has left it, and knows whom to tell.
 */
final class Client {
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private static final Duration SILENCE = Duration.ofMinutes(2);

    private record AskAgain() implements ClientProtocol.Internal {}

    private record Silent() implements ClientProtocol.Internal {}

    private Client() {}

    /**
     * @param ended completed with the end, or exceptionally with the cause of failure
     */
    static Behavior<Event> create(
            RunOrder order,
            TrainingListener listener,
            ActorRef<CoordinatorProtocol.Command> coordinator,
            CompletableFuture<Ended> ended) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(new AskAgain(), Duration.ZERO, AGAIN);
            timers.startSingleTimer(new Silent(), SILENCE);
            return Behaviors.receive(Event.class)
                    .onMessage(AskAgain.class, ask -> {
                        coordinator.tell(new Submit(order, context.getSelf()));
                        return Behaviors.same();
                    })
                    .onMessage(Accepted.class, accepted -> {
                        timers.startSingleTimer(new Silent(), SILENCE);
                        return Behaviors.same();
                    })
                    .onMessage(Silent.class, silent -> {
                        ended.completeExceptionally(new IllegalStateException("trainer: silent for "
                                + SILENCE.toSeconds() + " s (expected: a node that takes the run up); start nodes, then"
                                + " go on with --resume " + order.folder()));
                        return Behaviors.stopped();
                    })
                    .onMessage(Told.class, told -> {
                        if (told.runId().equals(order.id())) {
                            listener.onEvent(told.event());
                        }
                        return Behaviors.same();
                    })
                    .onMessage(Ended.class, end -> {
                        ended.complete(end);
                        return Behaviors.stopped();
                    })
                    .onMessage(Failed.class, failed -> {
                        ended.completeExceptionally(
                                failed.badInput()
                                        ? new IllegalArgumentException(failed.reason())
                                        : new IllegalStateException(failed.reason()));
                        return Behaviors.stopped();
                    })
                    .onAnyMessage(other -> Behaviors.same())
                    .onSignal(PostStop.class, stop -> {
                        ended.completeExceptionally(
                                new IllegalStateException("the cluster was left before the run's end"));
                        return Behaviors.same();
                    })
                    .build();
        }));
    }
}
