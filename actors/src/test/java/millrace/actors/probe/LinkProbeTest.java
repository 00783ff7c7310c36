package millrace.actors.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestInbox;
import akka.actor.testkit.typed.javadsl.TestProbe;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import millrace.actors.probe.LinkProbe.Came;
import millrace.actors.probe.LinkProbe.Message;
import millrace.actors.probe.ProbeProtocol.Command;
import millrace.actors.probe.ProbeProtocol.LinkSpeed;
import millrace.actors.probe.ProbeProtocol.Ping;
import millrace.actors.probe.ProbeProtocol.Pong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measuring a link that takes a known time, by a clock that is set by hand. */
class LinkProbeTest {
    @ParameterizedTest
    @CsvSource({"0.0001, 1e9", "0.005, 125e6", "0.1, 1e6"})
    void tellsWhatALinkTakes(double latency, double bandwidth) {
        AtomicLong clock = new AtomicLong();
        TestInbox<Command> peer = TestInbox.create();
        TestInbox<LinkSpeed> reply = TestInbox.create();
        BehaviorTestKit<Message> probe =
                BehaviorTestKit.create(LinkProbe.create(peer.getRef(), reply.getRef(), clock::get));

        while (probe.isAlive()) {
            // all that were sent one after the other travel one after the other
            double seconds = 2 * latency;
            for (Command command : peer.getAllReceived()) {
                Ping ping = (Ping) command;
                seconds += ping.load().remaining() / bandwidth;
                long came = clock.get() + (long) (1e9 * seconds);
                long begun = clock.getAndSet(came);
                probe.run(new Came(new Pong(ping.number())));
                if (peer.hasMessages()) {
                    break;
                }
                clock.set(probe.isAlive() ? begun : came);
            }
        }

        LinkSpeed speed = reply.receiveMessage();
        assertThat(speed.problem()).isEmpty();
        assertThat(speed.latency()).isCloseTo(latency, within(1e-6));
        assertThat(speed.bandwidth()).isCloseTo(bandwidth, within(0.01 * bandwidth));
    }

    /** One message may be faster than the others were, for whatever reason: a single one does not tell how fast bytes travel. */
    @Test
    void oneQuickMessageDoesNotCount() {
        AtomicLong clock = new AtomicLong();
        TestInbox<Command> peer = TestInbox.create();
        TestInbox<LinkSpeed> reply = TestInbox.create();
        BehaviorTestKit<Message> probe =
                BehaviorTestKit.create(LinkProbe.create(peer.getRef(), reply.getRef(), clock::get));
        int loads = 0;

        while (probe.isAlive()) {
            Ping ping = (Ping) peer.receiveMessage();
            loads += ping.load().hasRemaining() ? 1 : 0;
            // the way there and back is 2 ms, of the first load less, and of each other one 10 ms more
            clock.addAndGet(!ping.load().hasRemaining() ? 2_000_000 : loads == 1 ? 1_990_000 : 10_000_000);
            probe.run(new Came(new Pong(ping.number())));
        }

        assertThat(reply.receiveMessage().bandwidth()).isCloseTo(LinkProbe.LOAD / 0.010, within(1e7));
    }

    @Test
    void aPeerThatDoesNotAnswerIsNamed() {
        ActorTestKit kit = ActorTestKit.create(ManualTime.config());
        try {
            TestProbe<Command> silent = kit.createTestProbe();
            TestProbe<LinkSpeed> reply = kit.createTestProbe();
            kit.spawn(LinkProbe.create(silent.ref(), reply.ref(), System::nanoTime));
            silent.expectMessageClass(Ping.class);

            ManualTime.get(kit.system()).timePasses(Duration.ofSeconds(10));

            assertThat(reply.receiveMessage().problem()).contains("no answer within 10 s");
        } finally {
            kit.shutdownTestKit();
        }
    }
}
