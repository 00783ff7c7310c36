package millrace.actors.transport;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializers;
import java.time.Duration;
import java.util.List;
import millrace.actors.TestKitExtension;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.transport.Acknowledged.Range;
import millrace.actors.transport.TransportProtocol.Arrived;
import millrace.actors.transport.TransportProtocol.Frame;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.actors.transport.TransportProtocol.Withdrawn;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** An inlet that gets what a real outlet sends, as bytes, in the order and number that a test wants. */
@Isolated("timers of frames that are sent again")
class InletTest {
    @RegisterExtension
    static final TestKitExtension ACTORS = new TestKitExtension();

    private static final Route ROUTE = new Route(7, "0-1", 1);
    private static final int SLICE = 8192;
    private static final TransportSettings SETTINGS = new TransportSettings(
            SLICE + TransportSettings.HEADERS,
            1 << 20,
            100,
            Duration.ofMillis(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            1 << 20);

    private final TensorMemory memory = new TensorMemory();
    private final ReceivePool pool = ReceivePool.get(ACTORS.kit().system());
    private final TestProbe<RankProtocol.Command> stage = ACTORS.kit().createTestProbe();
    private final TestProbe<ToInlet> channel = ACTORS.kit().createTestProbe();
    private final TestProbe<Acknowledged> sender = ACTORS.kit().createTestProbe();
    private final ActorRef<ToInlet> inlet = ACTORS.kit().spawn(Inlet.create(7, 1, stage.ref()));
    private final ActorRef<RankProtocol.Command> outlet = outlet(ROUTE);

    /** Frames that come before an inlet is open are not taken. */
    @BeforeEach
    void theInletIsOpen() {
        stage.awaitAssert(() -> assertThat(pool.find(7, 1)).isPresent());
    }

    private Activation expectActivation() {
        return (Activation) stage.expectMessageClass(FromRank.class).message();
    }

    private ActorRef<RankProtocol.Command> outlet(Route route) {
        return ACTORS.kit().spawn(Outlet.create(route, channel.ref(), LinkSpec.DIRECT, SETTINGS, () -> {}));
    }

    @AfterEach
    void nothingIsLeft() {
        ACTORS.kit().stop(outlet);
        ACTORS.kit().stop(inlet);
        assertThat(pool.bytes()).isZero();
        assertThat(memory.inUse()).isZero();
    }

    /** The frame as bytes, and what they become; answers go to the probe. */
    private ToInlet overTheWire(Frame frame) {
        Frame answered = new Frame(frame.route(), frame.message(), frame.number(), frame.transmission(), sender.ref());
        Serialization serialization =
                SerializationExtension.get(Adapter.toClassic(ACTORS.kit().system()));
        byte[] bytes = serialization.serialize(answered).get();
        var serializer = serialization.findSerializerFor(answered);
        String manifest = Serializers.manifestFor(serializer, answered);
        return (ToInlet) serialization
                .deserialize(bytes, serializer.identifier(), manifest)
                .get();
    }

    private Frame frame() {
        return channel.expectMessageClass(Frame.class);
    }

    private void send(int elements) {
        outlet.tell(new FromRank(new Activation(7, 1, 0, 0, memory.take(ElementType.F32, Shape.of(elements)))));
    }

    private void arrive(Frame frame) {
        inlet.tell(overTheWire(frame));
    }

    private Acknowledged acknowledged(long next, Range... received) {
        Acknowledged ack = sender.receiveMessage();
        assertThat(ack.next()).isEqualTo(next);
        assertThat(ack.received()).containsExactly(received);
        return ack;
    }

    @Test
    void aGapIsReportedAtOnce() {
        send(3 * SLICE / Float.BYTES);
        List<Frame> frames = List.of(frame(), frame(), frame());
        arrive(frames.get(0));
        acknowledged(1);
        arrive(frames.get(2));
        acknowledged(1, new Range(2, 3));
        stage.expectNoMessage(Duration.ofMillis(20));
        arrive(frames.get(1));
        assertThat(acknowledged(3).transmission()).isEqualTo(2);
        expectActivation().tensor().release();
    }

    @Test
    void laterMessagesWaitForEarlierOnes() {
        send(1);
        send(2);
        send(3);
        List<Frame> frames = List.of(frame(), frame(), frame());
        arrive(frames.get(2));
        arrive(frames.get(1));
        stage.expectNoMessage(Duration.ofMillis(20));
        arrive(frames.get(0));
        for (int elements = 1; elements <= 3; elements++) {
            Activation arrived = expectActivation();
            assertThat(arrived.tensor().shape()).isEqualTo(Shape.of(elements));
            arrived.tensor().release();
        }
    }

    /** Also when the tensor has been used and given up in the meantime, and its memory serves another message. */
    @Test
    void duplicatesChangeNothing() {
        send(SLICE / Float.BYTES);
        Frame first = frame();
        arrive(first);
        acknowledged(1);
        expectActivation().tensor().release();
        send(SLICE / Float.BYTES);
        arrive(frame());
        Activation second = expectActivation();
        second.tensor().setFloat(0, 42);
        acknowledged(2);
        arrive(first);
        acknowledged(2);
        assertThat(second.tensor().getFloat(0)).isEqualTo(42);
        assertThat(pool.inUse()).isOne();
        second.tensor().release();
        stage.expectNoMessage(Duration.ofMillis(20));
    }

    @Test
    void anotherRunEpochGetsNothing() {
        ActorRef<RankProtocol.Command> outdated = outlet(new Route(6, "0-1", 1));
        outdated.tell(new FromRank(new Activation(6, 1, 0, 0, memory.take(ElementType.F32, Shape.of(5)))));
        ToInlet arrived = overTheWire(frame());
        assertThat(arrived)
                .isInstanceOfSatisfying(
                        Arrived.class, a -> assertThat(a.wanted()).isFalse());
        assertThat(pool.bytes()).isZero();
        inlet.tell(arrived);
        sender.expectNoMessage(Duration.ofMillis(20));
        stage.expectNoMessage(Duration.ofMillis(20));
        ACTORS.kit().stop(outdated);
    }

    /** A frame that came before the inlet was there has left no trace: it is asked for. */
    @Test
    void aFrameBeforeTheInletIsAskedFor() {
        inlet.tell(new Arrived(new Route(7, "unknown", 1), 5, 100, false, sender.ref()));
        assertThat(acknowledged(0).transmission()).isEqualTo(5);
    }

    @Test
    void halfAMessageIsGivenUpAtTheEnd() {
        send(2 * SLICE / Float.BYTES);
        Frame first = frame();
        Frame second = frame();
        arrive(first);
        acknowledged(1);
        assertThat(pool.inUse()).isOne();
        ACTORS.kit().stop(inlet);
        assertThat(pool.bytes()).isZero();
        assertThat(overTheWire(second)).isInstanceOf(Arrived.class);
        assertThat(pool.bytes()).isZero();
    }

    @Test
    void aWithdrawnFrameSaysNothing() {
        send(1);
        Frame frame = frame();
        ACTORS.kit().stop(outlet);
        ToInlet arrived = overTheWire(frame);
        assertThat(arrived).isEqualTo(new Withdrawn());
        inlet.tell(arrived);
        sender.expectNoMessage(Duration.ofMillis(20));
        assertThat(pool.bytes()).isZero();
    }
}
