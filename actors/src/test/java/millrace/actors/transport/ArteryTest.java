package millrace.actors.transport;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import millrace.actors.link.LinkSpec;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.transport.TransportProtocol.ToInlet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two actor systems and a real connection between them. */
@Tag("cluster")
@Isolated("connections with heartbeats and timers")
class ArteryTest {
    private static final Config REMOTE = ConfigFactory.parseString("""
        akka.actor.provider = remote
        akka.remote.warn-about-direct-use = off
        akka.remote.artery {
          transport = tcp
          canonical { hostname = "127.0.0.1", port = 0 }
          bind.bind-timeout = 30 s
          large-message-destinations = ["/user/inlet-*"]
        }
        """)
            .withFallback(ConfigFactory.parseResources("millrace-cluster.conf"))
            .withFallback(ConfigFactory.parseResources("application-test.conf"))
            .withFallback(ConfigFactory.load());
    private static final int LARGE = 5 << 18;

    private static final ActorTestKit NEAR = ActorTestKit.create("near", REMOTE);
    private static final ActorTestKit FAR = ActorTestKit.create("far", REMOTE);

    @AfterAll
    static void stop() {
        NEAR.shutdownTestKit();
        FAR.shutdownTestKit();
    }

    private static LineMessage received(TestProbe<RankProtocol.Command> rank) {
        RankProtocol.Command command = rank.receiveMessage(Duration.ofSeconds(30));
        assertThat(command).isInstanceOf(FromRank.class);
        return ((FromRank) command).message();
    }

    private static <T> ActorRef<T> seenFromNear(ActorRef<T> far) {
        String path = ActorRefResolver.get(FAR.system()).toSerializationFormat(far);
        return ActorRefResolver.get(NEAR.system()).resolveActorRef(path);
    }

    @ParameterizedTest(name = "{0} messages of up to {1} elements, drop {2}, duplicate {3}, jitter {4} ms")
    @CsvSource({
        "300, 300, 0, 0, 0",
        "20, 1310720, 0, 0, 0",
        "200, 20000, 0.2, 0.1, 0",
        "12, 1310720, 0.2, 0.1, 3",
    })
    void exactlyOnceInOrder(int messages, int most, double drop, double duplicate, int jitter) {
        TestProbe<RankProtocol.Command> rank = FAR.createTestProbe();
        ActorRef<ToInlet> inlet = FAR.spawn(Inlet.create(7, 1, rank.ref()), "inlet-1");
        LinkSpec link = new LinkSpec(
                Duration.ofMillis(jitter > 0 ? 1 : 0),
                Duration.ofMillis(jitter),
                Double.POSITIVE_INFINITY,
                drop,
                duplicate,
                42);
        ActorRef<RankProtocol.Command> outlet = NEAR.spawn(Outlet.create(
                new Route(7, "0-1", 1),
                seenFromNear(inlet),
                link,
                TransportSettings.of(NEAR.system().settings().config()),
                () -> {}));
        TensorMemory sent = new TensorMemory();
        for (int n = 0; n < messages; n++) {
            outlet.tell(new FromRank(Messages.message(most, n, most, sent)));
        }
        for (int n = 0; n < messages; n++) {
            Messages.assertMessage(received(rank), most, n, most);
        }
        ReceivePool pool = ReceivePool.get(FAR.system());
        assertThat(pool.inUse()).isZero();
        TestProbe<Object> waiting = NEAR.createTestProbe();
        waiting.awaitAssert(Duration.ofSeconds(30), () -> {
            assertThat(sent.inUse()).isZero();
            return true;
        });
        rank.expectNoMessage(Duration.ofMillis(50));
        NEAR.stop(outlet);
        FAR.stop(inlet);
        assertThat(pool.bytes()).isZero();
    }

    /** The same buffers serve any number of messages. */
    @Test
    void memoryStaysFlat() {
        TestProbe<RankProtocol.Command> rank = FAR.createTestProbe();
        ActorRef<ToInlet> inlet = FAR.spawn(Inlet.create(7, 2, rank.ref()), "inlet-2");
        ActorRef<RankProtocol.Command> outlet = NEAR.spawn(Outlet.create(
                new Route(7, "0-2", 2),
                seenFromNear(inlet),
                LinkSpec.DIRECT,
                TransportSettings.of(NEAR.system().settings().config()),
                () -> {}));
        TensorMemory sent = new TensorMemory();
        ReceivePool pool = ReceivePool.get(FAR.system());
        long bytes = 0;
        for (int n = 0; n < 30; n++) {
            outlet.tell(new FromRank(Messages.message(LARGE, n % 6, LARGE, sent)));
            Messages.assertMessage(received(rank), LARGE, n % 6, LARGE);
            bytes = n < 6 ? pool.bytes() : bytes;
        }
        assertThat(pool.bytes()).isEqualTo(bytes);
        NEAR.stop(outlet);
        FAR.stop(inlet);
    }
}
