package millrace.actors.transport;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.rank.actor.RankProtocol;
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
    private final ActorRef<RankProtocol.Command> actor;
    private final Receiver receiver;
    private final TransportSettings settings;
    private final TimerScheduler<ToInlet> timers;
    // not acknowledged yet, by link
    private final Map<String, Unanswered> unanswered = new LinkedHashMap<>();
    private boolean flushing;
    private long strangers;

    /**
     * Told to itself: comes after the frames that wait in the mailbox, so that one acknowledgement is sent for all of
     * them.
     */
    record Flush() implements ToInlet, NoSerializationVerificationNeeded {}

    private record Unanswered(Arrived last, long bytes, int frames) {
        static Unanswered first(Arrived arrived) {
            return new Unanswered(arrived, arrived.bytes(), 1);
        }

        Unanswered and(Unanswered next) {
            Arrived later = last.transmission() > next.last.transmission() ? last : next.last;
            return new Unanswered(later, bytes + next.bytes, frames + next.frames);
        }
    }

    /** @param actor the rank's actor, on this node */
    public static Behavior<ToInlet> create(long runEpoch, int rank, ActorRef<RankProtocol.Command> actor) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Inlet(context, timers, runEpoch, rank, actor)));
    }

    private Inlet(
            ActorContext<ToInlet> context,
            TimerScheduler<ToInlet> timers,
            long runEpoch,
            int rank,
            ActorRef<RankProtocol.Command> actor) {
        super(context);
        this.timers = timers;
        this.settings = TransportSettings.of(context.getSystem().settings().config());
        this.runEpoch = runEpoch;
        this.rank = rank;
        this.actor = actor;
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
        Optional<Reassembly> link = link(route);
        link.map(Reassembly::take).orElse(List.of()).forEach(message -> actor.tell(new RankProtocol.FromRank(message)));
        Unanswered all = unanswered.merge(route.link(), Unanswered.first(arrived), Unanswered::and);
        boolean lost = !arrived.wanted() || link.map(Reassembly::hasGap).orElse(true);
        if (lost || settings.isMuch(all.bytes(), all.frames())) {
            if (!flushing) {
                flushing = true;
                getContext().getSelf().tell(new Flush());
            }
        } else if (!timers.isTimerActive(Flush.class)) {
            timers.startSingleTimer(Flush.class, new Flush(), settings.acknowledgeAfter());
        }
        return this;
    }

    private Optional<Reassembly> link(Route route) {
        return receiver.link(route.link());
    }

    private Behavior<ToInlet> flush() {
        for (Unanswered frames : unanswered.values()) {
            Arrived last = frames.last();
            Route route = last.route();
            // a frame that came before this inlet was open left no trace: the answer has it sent again
            Acknowledged answer = link(route)
                    .map(r -> r.acknowledged(route))
                    .orElseGet(() -> new Acknowledged(route, 0, last.transmission(), List.of()));
            last.replyTo().tell(answer);
        }
        unanswered.clear();
        flushing = false;
        timers.cancel(Flush.class);
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
