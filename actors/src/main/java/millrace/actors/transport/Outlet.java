package millrace.actors.transport;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.List;
import millrace.actors.link.LinkDelay;
import millrace.actors.link.LinkFrame;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.transport.TransportProtocol.Frame;
import millrace.actors.transport.TransportProtocol.ToInlet;

/**
 * Stands for a rank on another node: what it is told, that rank is told, exactly once and in order, as long as both nodes
 * live. It never gives up; that a node is gone the cluster finds out, and whoever made the outlet stops it. It takes
 * {@link RankProtocol.FromRank}, that is what ranks tell each other.
 *
 * <p>A packet's hold is kept until the other node has all of it, and given up when the outlet stops.
 */
public final class Outlet extends AbstractOnMessageBehavior<Object> {
    /** Where outlets and inlets run: beside the streams that carry their frames, {@code millrace.transport.dispatcher}. */
    public static final DispatcherSelector DISPATCHER = DispatcherSelector.fromConfig("millrace.transport.dispatcher");

    private final Route route;
    private final ActorRef<ToInlet> inlet;
    private final LinkSpec link;
    private final LinkDelay delays;
    private final TimerScheduler<Object> timers;
    private final SendWindow window;
    private final Runnable onResent;

    private record ResendDue() implements NoSerializationVerificationNeeded {}

    /**
     * @param inlet of the receiving rank, on its node
     * @param link what frames suffer on the way, each attempt anew; acknowledgements suffer nothing
     * @param onResent called for each frame that is sent once more
     */
    public static Behavior<RankProtocol.Command> create(
            Route route, ActorRef<ToInlet> inlet, LinkSpec link, TransportSettings settings, Runnable onResent) {
        // the protocol of ranks is sealed: acknowledgements and timers can only come in beside it
        Behavior<Object> outlet = Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Outlet(context, timers, route, inlet, link, new SendWindow(settings), onResent)));
        return outlet.narrow();
    }

    private Outlet(
            ActorContext<Object> context,
            TimerScheduler<Object> timers,
            Route route,
            ActorRef<ToInlet> inlet,
            LinkSpec link,
            SendWindow window,
            Runnable onResent) {
        super(context);
        this.onResent = onResent;
        this.route = route;
        this.inlet = inlet;
        this.link = link;
        this.delays = new LinkDelay(link);
        this.timers = timers;
        this.window = window;
    }

    @Override
    public Behavior<Object> onMessage(Object message) {
        return switch (message) {
            case RankProtocol.FromRank(LineMessage content) -> offered(content);
            case Acknowledged ack when ack.route().equals(route) -> acknowledged(ack);
            case ResendDue() -> {
                send(window.overdue(System.nanoTime()));
                yield this;
            }
            default -> Behaviors.unhandled();
        };
    }

    private Behavior<Object> offered(LineMessage content) {
        window.offer(content);
        send(window.fill(System.nanoTime()));
        return this;
    }

    private Behavior<Object> acknowledged(Acknowledged ack) {
        long now = System.nanoTime();
        send(window.acknowledged(ack, now));
        send(window.fill(now));
        return this;
    }

    private void send(List<SendWindow.Transmission> transmissions) {
        transmissions.forEach(this::send);
        // one that runs already asks again when it is early
        if (!window.isIdle() && !timers.isTimerActive(ResendDue.class)) {
            Duration wait = window.untilOverdue(System.nanoTime());
            timers.startSingleTimer(ResendDue.class, new ResendDue(), wait.isPositive() ? wait : Duration.ofMillis(1));
        }
    }

    private void send(SendWindow.Transmission sent) {
        if (sent.attempt() > 1) {
            onResent.run();
        }
        Frame frame = new Frame(
                route,
                sent.message(),
                sent.number(),
                sent.transmission(),
                getContext().getSelf().narrow());
        if (link.isDirect()) {
            inlet.tell(frame);
            return;
        }
        LinkFrame drawn = new LinkFrame(route.link(), sent.number(), sent.attempt());
        ActorSystem<Void> system = getContext().getSystem();
        for (Duration delay : delays.of(route.receiver(), drawn, sent.bytes(), System.nanoTime())) {
            if (delay.isZero()) {
                inlet.tell(frame);
            } else {
                system.scheduler().scheduleOnce(delay, () -> inlet.tell(frame), system.executionContext());
            }
        }
    }

    @Override
    public Behavior<Object> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            window.close();
        }
        return this;
    }
}
