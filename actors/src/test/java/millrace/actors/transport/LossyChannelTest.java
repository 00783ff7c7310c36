package millrace.actors.transport;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorRef;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.actors.transport.SendWindow.Transmission;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ends of a link with a channel between them that loses, repeats and overtakes, in a time of its own. */
class LossyChannelTest {
    private static final int MESSAGES = 60;
    private static final int MOST = 9000;
    private static final Route ROUTE = new Route(7, "a", 1);
    private static final TransportSettings SETTINGS = new TransportSettings(
            3 * TransportSettings.HEADERS,
            40_000,
            6,
            Duration.ofMillis(5),
            Duration.ofMillis(500),
            Duration.ofSeconds(4),
            1 << 20);

    private final SendWindow window = new SendWindow(SETTINGS);
    private final TensorMemory sent = new TensorMemory();
    private final ReceivePool pool = new ReceivePool(SETTINGS);
    private final Receiver receiver = pool.open(7, 1);
    private final List<Object> channel = new ArrayList<>();
    private long now;

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    private record Content(LineMessage original) implements Claim {
        @Override
        public long payload() {
            return original instanceof Packet p ? p.tensor().memory().byteSize() : 0;
        }

        @Override
        public LineMessage message(TensorMemory memory) {
            if (!(original instanceof Packet packet)) {
                return original;
            }
            ElementType type = packet.tensor().type();
            Shape shape = packet.tensor().shape();
            var tensor = memory.take(type, shape);
            return packet.with(tensor);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void exactlyOnceInOrder(long seed) {
        Random random = new Random(seed);
        double loss = random.nextInt(4) * 0.15;
        int offered = 0;
        int arrived = 0;
        for (int turn = 0; arrived < MESSAGES || !window.isIdle(); turn++) {
            assertThat(turn).as("turns, seed %s", seed).isLessThan(100_000);
            now += random.nextInt(1_000_000);
            while (offered < MESSAGES && random.nextInt(3) > 0) {
                window.offer(Messages.message(seed, offered, MOST, sent));
                offered++;
            }
            transmit(window.fill(now), loss, random);
            assertThat(window.flyingBytes()).as("window").isLessThanOrEqualTo(SETTINGS.window());
            if (channel.isEmpty()) {
                now += Math.max(0, window.untilOverdue(now).toNanos());
                transmit(window.overdue(now), loss, random);
                continue;
            }
            // one of the first: later ones overtake
            Object next = channel.remove(random.nextInt(Math.min(channel.size(), random.nextBoolean() ? 1 : 4)));
            if (next instanceof Transmission frame) {
                receive(frame);
            } else if (next instanceof Acknowledged ack) {
                transmit(window.acknowledged(ack, now), loss, random);
            }
            Optional<Reassembly> link = receiver.link("a");
            for (LineMessage message : link.map(Reassembly::take).orElse(List.of())) {
                Messages.assertMessage(message, seed, arrived, MOST);
                arrived++;
            }
            if (link.isPresent() && next instanceof Transmission && random.nextDouble() >= loss) {
                channel.add(link.get().acknowledged(ROUTE));
            }
        }
        assertThat(arrived).as("seed %s", seed).isEqualTo(MESSAGES);
        assertThat(pool.inUse()).isZero();
        assertThat(sent.inUse()).isZero();
        receiver.close();
        assertThat(pool.bytes()).isZero();
    }

    private void transmit(List<Transmission> frames, double loss, Random random) {
        for (Transmission frame : frames) {
            if (random.nextDouble() >= loss) {
                channel.add(frame);
            }
            if (random.nextDouble() < loss) {
                channel.add(frame);
            }
        }
    }

    /** What the serializers do on both sides; a withdrawn frame says nothing. */
    private void receive(Transmission sentFrame) {
        Outgoing message = sentFrame.message();
        FramePlace place = new TransportProtocol.Frame(
                        ROUTE, message, sentFrame.number(), sentFrame.transmission(), nobody())
                .place();
        boolean _ = message.whileHeld(() -> {
            MemorySegment source = message.content() instanceof Packet packet
                    ? packet.tensor().memory().asSlice(place.offset(), sentFrame.bytes())
                    : MemorySegment.NULL;
            boolean _ = receiver.receive(
                    "a", place, new Content(message.content()), sentFrame.bytes(), memory -> memory.copyFrom(source));
        });
    }

    @SuppressWarnings("NullAway") // nobody is told anything here
    private static ActorRef<Acknowledged> nobody() {
        return null;
    }

    /** Everything is given up at both ends in the middle of it all. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void closedInBetween(long seed) {
        Random random = new Random(seed);
        for (int n = 0; n < 10; n++) {
            window.offer(Messages.message(seed, n, MOST, sent));
        }
        List<Transmission> frames = window.fill(now);
        for (Transmission frame : frames) {
            if (random.nextBoolean()) {
                receive(frame);
            }
        }
        receiver.close();
        frames.forEach(this::receive);
        window.close();
        frames.forEach(this::receive);
        assertThat(sent.inUse()).isZero();
        assertThat(pool.inUse()).isZero();
        assertThat(pool.find(7, 1)).isEmpty();
    }
}
