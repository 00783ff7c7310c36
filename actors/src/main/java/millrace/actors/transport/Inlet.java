package millrace.actors.transport;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.stage.StageProtocol;
import millrace.actors.transport.TransportProtocol.Acknowledged;
import millrace.actors.transport.TransportProtocol.Arrived;
import millrace.actors.transport.TransportProtocol.Frame;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportProtocol.Withdrawn;

/**
 * Stands beside a rank and tells it what the outlets of other nodes send. What it acknowledges is in this node's memory;
 * the rank has been told before.
 */
public final class Inlet extends AbstractOnMessageBehavior<ToInlet> {
    private final long runEpoch;
    private final int rank;
    private final ActorRef<StageProtocol.Command> stage;
    private final Receiver receiver;
    // to be acknowledged when the frames that wait in the mailbox have been looked at, by link
    private final Map<String, Arrived> unanswered = new LinkedHashMap<>();
    private long strangers;

    /** Told to itself: comes after what is in the mailbox, so that one acknowledgement is sent for all of that. */
    record Flush() implements ToInlet, NoSerializationVerificationNeeded {}

    /** @param stage the rank's actor, on this node */
    public static Behavior<ToInlet> create(long runEpoch, int rank, ActorRef<StageProtocol.Command> stage) {
        return Behaviors.setup(context -> new Inlet(context, runEpoch, rank, stage));
    }

    private Inlet(ActorContext<ToInlet> context, long runEpoch, int rank, ActorRef<StageProtocol.Command> stage) {
        super(context);
        this.runEpoch = runEpoch;
        this.rank = rank;
        this.stage = stage;
        this.receiver = ReceivePool.get(context.getSystem()).open(runEpoch, rank);
    }

    @Override
    public Behavior<ToInlet> onMessage(ToInlet message) {
        return switch (message) {
            case Arrived arrived -> arrived(arrived);
            case Flush() -> flush();
            case Withdrawn() -> this;
            case Frame _ -> Behaviors.unhandled();
        };
    }

    private Behavior<ToInlet> arrived(Arrived arrived) {
        Route route = arrived.route();
        if (route.runEpoch() != runEpoch || route.receiver() != rank) {
            strangers++;
            getContext().getLog().debug("inlet of rank {}: frame number {} for {}", rank, strangers, route);
            return this;
        }
        link(route).map(Reassembly::take).orElse(List.of()).forEach(stage::tell);
        if (unanswered.isEmpty()) {
            getContext().getSelf().tell(new Flush());
        }
        unanswered.merge(route.link(), arrived, (a, b) -> a.transmission() > b.transmission() ? a : b);
        return this;
    }

    private Optional<Reassembly> link(Route route) {
        return receiver.link(route.link());
    }

    private Behavior<ToInlet> flush() {
        for (Arrived last : unanswered.values()) {
            Route route = last.route();
            // a frame that came before this inlet was open left no trace: the answer has it sent again
            Acknowledged answer = link(route)
                    .map(r -> r.acknowledged(route))
                    .orElseGet(() -> new Acknowledged(route, 0, last.transmission(), List.of()));
            last.replyTo().tell(answer);
        }
        unanswered.clear();
        return this;
    }

    @Override
    public Behavior<ToInlet> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            receiver.close();
        }
        return this;
    }
}
