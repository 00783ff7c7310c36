package millrace.actors.transport;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.List;
import millrace.actors.TestKitExtension;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.transport.Acknowledged.Range;
import millrace.actors.transport.TransportProtocol.Frame;
import millrace.actors.transport.TransportProtocol.ToInlet;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** What an outlet sends to an inlet that is played by hand. */
@Isolated("timers of frames that are sent again")
class OutletTest {
    @RegisterExtension
    static final TestKitExtension ACTORS = new TestKitExtension();

    private static final Route ROUTE = new Route(7, "0-1", 1);
    private static final int SLICE = 8192;
    private static final Duration SHORT = Duration.ofMillis(60);

    private final TensorMemory memory = new TensorMemory();
    private final TestProbe<ToInlet> inlet = ACTORS.kit().createTestProbe();

    private static TransportSettings settings(int frames, Duration resendAfter) {
        return new TransportSettings(
                SLICE + TransportSettings.HEADERS,
                4L * SLICE,
                frames,
                Duration.ofMillis(5),
                resendAfter,
                resendAfter.multipliedBy(4),
                1 << 20);
    }

    private ActorRef<RankProtocol.Command> outlet(int frames, Duration resendAfter) {
        return ACTORS.kit()
                .spawn(Outlet.create(ROUTE, inlet.ref(), LinkSpec.DIRECT, settings(frames, resendAfter), () -> {}));
    }

    private FromRank activation(int bytes) {
        return new FromRank(new Activation(7, 1, 0, 0, memory.take(ElementType.F32, Shape.of(bytes / Float.BYTES))));
    }

    private Frame frame() {
        return inlet.expectMessageClass(Frame.class);
    }

    @Test
    void noMoreThanTheWindow() {
        ActorRef<RankProtocol.Command> outlet = outlet(100, Duration.ofMinutes(1));
        outlet.tell(activation(6 * SLICE));
        for (int n = 0; n < 4; n++) {
            assertThat(frame().number()).isEqualTo(n);
        }
        inlet.expectNoMessage(SHORT);
        outlet.unsafeUpcast().tell(new Acknowledged(ROUTE, 1, 0, List.of()));
        assertThat(frame().number()).isEqualTo(4);
        inlet.expectNoMessage(SHORT);
    }

    @Test
    void noMoreThanSoManyFrames() {
        ActorRef<RankProtocol.Command> outlet = outlet(2, Duration.ofMinutes(1));
        for (int n = 0; n < 5; n++) {
            outlet.tell(activation(8));
        }
        frame();
        frame();
        inlet.expectNoMessage(SHORT);
    }

    @Test
    void aGapIsFilledAtOnce() {
        ActorRef<RankProtocol.Command> outlet = outlet(100, Duration.ofMinutes(1));
        outlet.tell(activation(3 * SLICE));
        frame();
        Frame lost = frame();
        frame();
        Acknowledged gap = new Acknowledged(ROUTE, 1, 2, List.of(new Range(2, 3)));
        outlet.unsafeUpcast().tell(gap);
        Frame again = frame();
        assertThat(again.number()).isEqualTo(lost.number());
        assertThat(again.transmission()).isEqualTo(3);
        outlet.unsafeUpcast().tell(gap);
        inlet.expectNoMessage(SHORT);
        assertThat(memory.inUse()).isOne();
        outlet.unsafeUpcast().tell(new Acknowledged(ROUTE, 3, 3, List.of()));
        assertAllGivenUp();
    }

    @Test
    void asksWhenNothingIsHeard() {
        ActorRef<RankProtocol.Command> outlet = outlet(100, Duration.ofMillis(30));
        outlet.tell(activation(2 * SLICE));
        assertThat(List.of(frame().number(), frame().number())).containsExactly(0L, 1L);
        for (int transmission = 2; transmission < 5; transmission++) {
            Frame again = frame();
            assertThat(again.number()).isZero();
            assertThat(again.transmission()).isEqualTo(transmission);
        }
        outlet.unsafeUpcast().tell(new Acknowledged(ROUTE, 2, 4, List.of()));
        assertAllGivenUp();
    }

    private void assertAllGivenUp() {
        inlet.awaitAssert(() -> {
            assertThat(memory.inUse()).isZero();
            return true;
        });
    }

    @Test
    void answersToOthersAndToWhatWasNeverSentAreIgnored() {
        ActorRef<RankProtocol.Command> outlet = outlet(100, Duration.ofMinutes(1));
        outlet.tell(activation(SLICE));
        frame();
        outlet.unsafeUpcast().tell(new Acknowledged(new Route(8, "0-1", 1), 1, 0, List.of()));
        outlet.unsafeUpcast().tell(new Acknowledged(ROUTE, 5, 0, List.of()));
        outlet.unsafeUpcast().tell(new Acknowledged(ROUTE, 1, 9, List.of()));
        outlet.tell(activation(SLICE));
        frame();
        assertThat(memory.inUse()).isEqualTo(2);
    }

    @Test
    void givesUpAllWhenItStops() {
        ActorRef<RankProtocol.Command> outlet = outlet(1, Duration.ofMinutes(1));
        for (int n = 0; n < 4; n++) {
            outlet.tell(activation(2 * SLICE));
        }
        frame();
        // the answer to this tells that all four have come out of the mailbox
        outlet.unsafeUpcast().tell(new Acknowledged(ROUTE, 1, 0, List.of()));
        Frame sent = frame();
        ACTORS.kit().stop(outlet);
        assertThat(memory.inUse()).isZero();
        assertThat(sent.message().whileHeld(() -> {
                    throw new AssertionError("written after its hold was given up");
                }))
                .isFalse();
    }

    @Test
    void otherMessagesAreNotForOutlets() {
        ActorRef<RankProtocol.Command> outlet = outlet(100, Duration.ofMinutes(1));
        outlet.tell(new RankProtocol.Advance(3, 1));
        outlet.tell(activation(8));
        assertThat(frame().number()).isZero();
    }
}
