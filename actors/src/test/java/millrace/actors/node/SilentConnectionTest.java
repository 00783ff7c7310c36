package millrace.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An end is noticed by the connection that the operating system closes, and only then. */
class SilentConnectionTest {
    private final CountDownLatch ended = new CountDownLatch(1);

    private static ServerSocket listening() throws IOException {
        return new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    private static NodeAddress addressOf(ServerSocket server) {
        return new NodeAddress("127.0.0.1", server.getLocalPort());
    }

    @Test
    void anEndedProcessIsNoticedAtOnce() throws Exception {
        ServerSocket server = listening();
        try (SilentConnection _ = SilentConnection.to(addressOf(server), _ -> ended.countDown())) {
            Socket accepted = server.accept();
            assertThat(ended.getCount()).isEqualTo(1);

            server.close();
            accepted.close();

            assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aClosedConnectionIsNoEndWhileSomebodyListens() throws Exception {
        try (ServerSocket server = listening();
                SilentConnection _ = SilentConnection.to(addressOf(server), _ -> ended.countDown())) {
            server.accept().close();

            // the question whether somebody listens, and the next connection
            try (Socket _ = server.accept();
                    Socket next = server.accept()) {
                assertThat(next.isConnected()).isTrue();
                assertThat(ended.getCount()).isEqualTo(1);
            }
        }
    }

    @Test
    void whoStopsWatchingHearsNothing() throws Exception {
        ServerSocket server = listening();
        SilentConnection connection = SilentConnection.to(addressOf(server), _ -> ended.countDown());
        Socket accepted = server.accept();

        connection.close();

        assertThat(accepted.getInputStream().read()).as("it has gone").isEqualTo(-1);
        accepted.close();
        server.close();
        assertThat(ended.getCount()).isEqualTo(1);
    }
}
