package millrace.actors.probe;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import millrace.actors.probe.ProbeProtocol.Command;
import millrace.actors.probe.ProbeProtocol.LinkSpeed;
import millrace.actors.probe.ProbeProtocol.Ping;
import millrace.actors.probe.ProbeProtocol.Pong;

/**
 * Measures one link: first how long a small message takes there and back, one after the other; then how long bytes take, in ever more
 * messages at a time until they are under way long enough to tell. Each goes on for a second, because a connection is made and code is
 * compiled meanwhile: of the small messages the last ones count, of the large ones the median. Ends when it has answered.
 */
final class LinkProbe extends AbstractOnMessageBehavior<LinkProbe.Message> {
    /** Bytes of one message: about as many as a piece of a tensor has. */
    static final int LOAD = 1 << 20;

    private static final int TRIPS = 41;
    private static final int MOST_LOADS = 32;
    private static final double LONG_ENOUGH = 0.1;
    private static final double PHASE_SECONDS = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    sealed interface Message {}

    /** The peer has got a message. */
    record Came(Pong pong) implements Message {}

    private record Silence() implements Message {}

    private final ActorRef<Command> peer;
    private final ActorRef<LinkSpeed> replyTo;
    private final LongSupplier clock;
    private final ActorRef<Pong> pongs;
    private final ByteBuffer load = ByteBuffer.allocate(LOAD);
    // the last ones
    private final double[] trips = new double[TRIPS];
    private int trip;
    private int loads;
    // bytes a second of those rounds that were long enough to tell
    private final List<Double> rates = new ArrayList<>();
    private long phaseBegun;
    private long begun;
    private long sent;
    // of those that were sent, how many have come
    private long came;

    /**
     * @param replyTo gets the one answer
     * @param clock in nanoseconds
     */
    static Behavior<Message> create(ActorRef<Command> peer, ActorRef<LinkSpeed> replyTo, LongSupplier clock) {
        return Behaviors.setup(context -> new LinkProbe(context, peer, replyTo, clock));
    }

    private LinkProbe(
            ActorContext<Message> context, ActorRef<Command> peer, ActorRef<LinkSpeed> replyTo, LongSupplier clock) {
        super(context);
        this.peer = peer;
        this.replyTo = replyTo;
        this.clock = clock;
        this.pongs = context.messageAdapter(Pong.class, Came::new);
        context.setReceiveTimeout(PATIENCE, new Silence());
        phaseBegun = clock.getAsLong();
        begun = phaseBegun;
        send(NOTHING);
    }

    @Override
    public Behavior<Message> onMessage(Message message) {
        return switch (message) {
            case Silence() ->
                answered(new LinkSpeed(
                        0, 0, peer.path().address().hostPort() + ": no answer within " + PATIENCE.toSeconds() + " s"));
            case Came _ -> {
                came++;
                yield came < sent ? this : loads == 0 ? tripMade() : loadsGone();
            }
        };
    }

    private Behavior<Message> tripMade() {
        trips[trip++ % TRIPS] = since(begun);
        begun = clock.getAsLong();
        if (trip < TRIPS || since(phaseBegun) < PHASE_SECONDS) {
            send(NOTHING);
        } else {
            Arrays.sort(trips);
            phaseBegun = begun;
            send(1);
        }
        return this;
    }

    private Behavior<Message> loadsGone() {
        double seconds = since(begun);
        double there = trips[TRIPS / 2];
        // what is left after the way there and back of the last of them; a clock may stand still
        double travelling = Math.max(1e-9, Math.max(seconds - there, seconds / 100));
        boolean longEnough = seconds >= LONG_ENOUGH || loads == MOST_LOADS;
        if (longEnough) {
            rates.add(loads * (double) LOAD / travelling);
        }
        if (longEnough && since(phaseBegun) >= PHASE_SECONDS) {
            Collections.sort(rates);
            return answered(new LinkSpeed(there / 2, rates.get(rates.size() / 2), ""));
        }
        begun = clock.getAsLong();
        send(longEnough ? loads : 2 * loads);
        return this;
    }

    private void send(int count) {
        loads = count;
        for (int i = 0; i < count; i++) {
            send(load);
        }
    }

    private void send(ByteBuffer bytes) {
        peer.tell(new Ping(sent++, bytes, pongs));
    }

    private double since(long begin) {
        return (clock.getAsLong() - begin) / 1e9;
    }

    private Behavior<Message> answered(LinkSpeed speed) {
        replyTo.tell(speed);
        return Behaviors.stopped();
    }
}
