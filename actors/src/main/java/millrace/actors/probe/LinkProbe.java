package millrace.actors.probe;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import millrace.actors.probe.ProbeProtocol.Command;
import millrace.actors.probe.ProbeProtocol.LinkSpeed;
import millrace.actors.probe.ProbeProtocol.Ping;
import millrace.actors.probe.ProbeProtocol.Pong;

/**
 * Measures one link: first how long a small message takes there and back, one after the other; then how long bytes take, in ever more
 * messages at a time until they have been under way long enough to tell. Ends when it has answered.
 */
final class LinkProbe extends AbstractOnMessageBehavior<LinkProbe.Message> {
    /** Bytes of one message: about as many as a piece of a tensor has. */
    static final int LOAD = 1 << 20;

    // a connection is made and the code is compiled meanwhile
    private static final int FIRST_TRIPS = 30;
    private static final int TRIPS = 41;
    private static final int MOST_LOADS = 32;
    private static final double LONG_ENOUGH = 0.2;
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
    private final double[] trips = new double[TRIPS];
    private int trip = -FIRST_TRIPS;
    private int loads;
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
        begun = clock.getAsLong();
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
        double seconds = since(begun);
        if (trip >= 0) {
            trips[trip] = seconds;
        }
        trip++;
        begun = clock.getAsLong();
        if (trip < TRIPS) {
            send(NOTHING);
        } else {
            Arrays.sort(trips);
            send(1);
        }
        return this;
    }

    private Behavior<Message> loadsGone() {
        double seconds = since(begun);
        if (seconds < LONG_ENOUGH && loads < MOST_LOADS) {
            begun = clock.getAsLong();
            send(2 * loads);
            return this;
        }
        double trip = trips[TRIPS / 2];
        // what is left after the way there and back of the last of them; a clock may stand still
        double travelling = Math.max(seconds - trip, seconds / 100);
        return answered(new LinkSpeed(trip / 2, loads * (double) LOAD / Math.max(1e-9, travelling), ""));
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
