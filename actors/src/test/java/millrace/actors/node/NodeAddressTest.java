package millrace.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of nodes, and what is found out of them before Akka is asked. */
class NodeAddressTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:25520, 127.0.0.1, 25520",
        "one.example:1, one.example, 1",
        "[::1]:27342, [::1], 27342",
        "[fe80::1%eth0]:65535, [fe80::1%eth0], 65535",
        "[::ffff:10.0.0.1]:80, [::ffff:10.0.0.1], 80"
    })
    void isReadAndWritten(String text, String host, int port) {
        assertThat(NodeAddress.parse("join", text)).isEqualTo(new NodeAddress(host, port));
        assertThat(NodeAddress.parse("join", text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::1:27342",
                "::1",
                "[::1]",
                "one",
                "one:",
                ":1",
                "one:0",
                "one:65536",
                "one:1:2",
                "",
                "a b:1",
                "[one]:1"
            })
    void anythingElseIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeAddress.parse("join", text))
                .withMessage("join: " + text + " (expected: host:port, as in 127.0.0.1:25520; an address of IPv6 in"
                        + " brackets, as in [::1]:25520)");
    }

    @ParameterizedTest
    @CsvSource({"::1, [::1]", "[::1], [::1]", "fe80::1%eth0, [fe80::1%eth0]", "one, one", "127.0.0.1, 127.0.0.1"})
    void ipv6GetsItsBrackets(String given, String host) {
        assertThat(new NodeSettings(given, 1, List.of(), Set.of(), 1).host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.7", "::", "fd00::1"})
    void withoutTlsOnlyThisMachineCanConnect(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeAddress.requireLoopback("bind", host))
                .withMessageStartingWith("bind: " + host + " without TLS (expected: ")
                .withMessageContaining("MILLRACE_TRUSTED_NETWORK=true");
        for (String loopback : new String[] {"127.0.0.1", "127.0.0.2", "localhost", "::1"}) {
            NodeAddress.requireLoopback("host", loopback);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "[::]", "*"})
    void nobodyReachesAllInterfaces(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeAddress.ownHost(host))
                .withMessageStartingWith("host: " + host + " (expected: the name or address that other nodes reach")
                .withMessageEndingWith("use --bind " + host + " --host NAME");
    }

    @Test
    void aHostIsNoAddressWithAPort() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeAddress.ownHost("one:25520"))
                .withMessage("host: one:25520 (expected: a name or an address, without a port)");
    }

    @Test
    void onlyAnAddressOfThisMachineIsListenedAt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeAddress.requireFree("host", "192.0.2.7", 0))
                .withMessageStartingWith("host: 192.0.2.7 is no address of this machine (expected: one that it has); ")
                .withMessageEndingWith("--bind 0.0.0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeAddress.requireFree("bind", "192.0.2.7", 0))
                .withMessage("bind: 192.0.2.7 is no address of this machine (expected: one that it has); choose another"
                        + " with --bind, 0.0.0.0 for all that it has");
        NodeAddress.requireFree("bind", "0.0.0.0", 0);
        NodeAddress.requireFree("host", "127.0.0.1", 0);
        NodeAddress.requireFree("host", "127.0.0.2", 0);
    }

    @Test
    void aPortThatIsTakenAndWhatListensThere() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            NodeAddress address = new NodeAddress("127.0.0.1", port);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NodeAddress.requireFree("host", "127.0.0.1", port))
                    .withMessageStartingWith("port: " + port + " of 127.0.0.1 is in use (expected: a free one); ");
            assertThat(Knock.at(address)).isEqualTo(Knock.Answer.OPEN);

            for (String answer : List.of("HTTP/1.0 200 OK\r\n", "\u0015\u0003\u0001\u0000\u0002\u0002", "SSH-2.0-x")) {
                try (Socket _ = accepted(taken)) {
                    // what waits in the queue would be accepted first
                }
                Thread server = Thread.startVirtualThread(() -> answer(taken, answer));
                assertThat(Knock.stranger(address))
                        .hasValue(
                                answer.startsWith("HTTP")
                                        ? Knock.Stranger.WEB_SERVER
                                        : answer.startsWith("SSH") ? Knock.Stranger.OTHER : Knock.Stranger.TLS);
                server.join();
                assertThat(Knock.at(address)).isEqualTo(Knock.Answer.OPEN);
            }
        }
    }

    @Test
    void whereNobodyListens() throws IOException {
        NodeAddress free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = new NodeAddress("127.0.0.1", socket.getLocalPort());
        }
        NodeAddress nobody = new NodeAddress("no.such.host.invalid", 1);
        assertThat(Knock.all(List.of(free, nobody)))
                .containsEntry(free, Knock.Answer.REFUSED)
                .containsEntry(nobody, Knock.Answer.UNKNOWN);
        assertThat(Knock.stranger(free)).isEmpty();
    }

    private static Socket accepted(ServerSocket server) throws IOException {
        return server.accept();
    }

    private static void answer(ServerSocket server, String text) {
        try (Socket socket = server.accept();
                InputStream in = socket.getInputStream()) {
            byte[] asked = in.readNBytes(3);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            assertThat(new String(asked, StandardCharsets.ISO_8859_1)).isEqualTo("GET");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
