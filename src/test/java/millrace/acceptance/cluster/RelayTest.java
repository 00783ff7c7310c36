package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.event.TrainingEvent;
import millrace.actors.node.ClusterNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Connections between nodes break again and again: what was on its way is lost, and only that. */
@Isolated("several nodes that watch each other by heartbeats")
@Tag("soak")
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RelayTest {
    private static final int BREAKS = 4;

    @TempDir
    Path folder;

    @Test
    void brokenConnectionsChangeNothing() throws IOException {
        DigitsRun digits = new DigitsRun();
        String sequential = digits.sequential();
        Random random = new Random(1);
        List<Relay> relays = new ArrayList<>();
        AtomicInteger broken = new AtomicInteger();
        AtomicLong nextBreak = new AtomicLong(50);
        try (Members members = new Members()) {
            ClusterNode one = behind(relays, members);
            behind(relays, members, one.address());
            ClusterNode client = members.client(ConfigFactory.empty(), one.address());

            ClusterRun run = client.train(digits.order(folder, Duration.ofSeconds(2)), event -> {
                if (event instanceof TrainingEvent.Step made) {
                    long step = made.step();
                    if (step >= nextBreak.get() && broken.get() < BREAKS) {
                        nextBreak.set(step + 30 + random.nextInt(100));
                        if (relays.get(random.nextInt(relays.size())).breakConnections() > 0) {
                            broken.incrementAndGet();
                        }
                    }
                }
            });

            assertThat(run.await().weightsSha256()).isEqualTo(sequential);
            assertThat(broken).as("connections broken").hasValue(BREAKS);
        } finally {
            relays.forEach(Relay::close);
        }
    }

    private static ClusterNode behind(List<Relay> relays, Members members, String... join) throws IOException {
        int port = freePort();
        Relay relay = new Relay(port, Duration.ofMillis(2));
        relays.add(relay);
        Config conf = ConfigFactory.parseMap(Map.of("akka.remote.artery.bind.port", port));
        return members.admitted(relay.port(), conf, join);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
