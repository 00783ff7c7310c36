package millrace.actors.node;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Asks addresses for a connection before, or beside, Akka: what comes of it says why nobody answers. */
public final class Knock {
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int TLS_ALERT = 0x15;
    private static final int TLS_HANDSHAKE = 0x16;

    private Knock() {}

    /** What comes of it. */
    public enum Answer {
        /** Somebody listens. */
        OPEN("somebody listens there"),
        /** The machine is there, and nobody listens. */
        REFUSED("nobody listens there"),
        /** The machine is not there, or cannot be reached. */
        SILENT("no answer, the machine is off or cannot be reached"),
        /** There is no machine of that name. */
        UNKNOWN("no host of that name");

        private final String words;

        Answer(String words) {
            this.words = words;
        }

        /** As one says it. */
        public String words() {
            return words;
        }
    }

    /** What listens somewhere and is no node. */
    public enum Stranger {
        WEB_SERVER("is a web server"),
        /** That may be a node, of a cluster with TLS. */
        TLS("speaks TLS"),
        OTHER("is no node of Millrace");

        private final String words;

        Stranger(String words) {
            this.words = words;
        }

        /** As one says it. */
        public String words() {
            return words;
        }
    }

    /** Asks all at the same time, two seconds at most. */
    public static Map<NodeAddress, Answer> all(Collection<NodeAddress> addresses) {
        Map<NodeAddress, Answer> answers = new ConcurrentHashMap<>();
        Map<NodeAddress, Thread> asking = new LinkedHashMap<>();
        for (NodeAddress address : addresses) {
            asking.put(address, Thread.startVirtualThread(() -> answers.put(address, at(address))));
        }
        Map<NodeAddress, Answer> all = new LinkedHashMap<>();
        asking.forEach((address, thread) -> {
            try {
                thread.join(PATIENCE_MILLIS + 500L);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            all.put(address, answers.getOrDefault(address, Answer.SILENT));
        });
        return all;
    }

    /** Asks one. */
    public static Answer at(NodeAddress address) {
        try (Socket socket = connected(address)) {
            return socket.isConnected() ? Answer.OPEN : Answer.SILENT;
        } catch (UnknownHostException e) {
            return Answer.UNKNOWN;
        } catch (ConnectException e) {
            return String.valueOf(e.getMessage()).contains("refused") ? Answer.REFUSED : Answer.SILENT;
        } catch (IOException e) {
            return Answer.SILENT;
        }
    }

    /**
     * What listens there, if it is no node: Akka's transport never answers on a connection that it was asked for, so
     * whoever does is something else. A node takes this for a broken connection and says so in its log, so it is asked
     * only where joining has failed.
     */
    public static Optional<Stranger> stranger(NodeAddress address) {
        try (Socket socket = connected(address)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] answer = in.readNBytes(5);
            if (answer.length == 0) {
                return Optional.empty();
            }
            if (answer[0] == TLS_ALERT || answer[0] == TLS_HANDSHAKE) {
                return Optional.of(Stranger.TLS);
            }
            boolean web = new String(answer, StandardCharsets.US_ASCII).startsWith("HTTP");
            return Optional.of(web ? Stranger.WEB_SERVER : Stranger.OTHER);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Socket connected(NodeAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(
                    new InetSocketAddress(InetAddress.getByName(address.host()), address.port()), PATIENCE_MILLIS);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
