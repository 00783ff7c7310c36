package millrace.actors.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the port of another node on which nobody ever says anything. When the process there ends, by whatever it is
 * killed, its operating system closes the connection, and that is noticed here at once. A process that is only silent (stopped, busy,
 * behind a broken cable) leaves the connection as it is: it says nothing about those.
 *
 * <p>It needs no port of its own and opens no door: Akka's transport takes a connection that says nothing, with TLS one
 * that has not begun to, and gives it nothing.
 */
final class SilentConnection implements AutoCloseable {
    private static final Duration AGAIN = Duration.ofMillis(50);
    private static final Duration PATIENT = Duration.ofSeconds(1);
    private static final int CONNECT_MILLIS = 2_000;

    private final NodeAddress there;
    private final Consumer<Boolean> ended;
    private volatile boolean closed;
    private volatile @Nullable Socket socket;

    private SilentConnection(NodeAddress there, Consumer<Boolean> ended) {
        this.there = there;
        this.ended = ended;
    }

    /**
     * Keeps a connection for as long as it is not closed here.
     *
     * @param ended called once, on another thread, when nobody listens there any more; told whether there had been a connection
     */
    static SilentConnection to(NodeAddress there, Consumer<Boolean> ended) {
        SilentConnection connection = new SilentConnection(there, ended);
        Thread.ofVirtual()
                .name("silent connection to " + there.host() + ":" + there.port())
                .start(connection::keep);
        return connection;
    }

    private void keep() {
        boolean held = false;
        while (!closed) {
            boolean wasClosed = waitedForItsEnd();
            held |= wasClosed;
            if (closed) {
                return;
            }
            // a member that has ended before there was a connection is found out in the same way
            if (Knock.at(there) == Knock.Answer.REFUSED) {
                ended.accept(held);
                return;
            }
            // who listens there was only asked to close it, or cannot be reached: heartbeats say more about that
            LockSupport.parkNanos((wasClosed ? AGAIN : PATIENT).toNanos());
        }
    }

    /** Whether there was a connection, which is gone now. */
    private boolean waitedForItsEnd() {
        try (Socket opened = new Socket()) {
            socket = opened;
            opened.setKeepAlive(true);
            opened.connect(new InetSocketAddress(InetAddress.getByName(there.host()), there.port()), CONNECT_MILLIS);
            try {
                while (!closed && opened.getInputStream().read() >= 0) {
                    // nothing is ever said here
                }
            } catch (IOException _) {
                // reset, which is an end too
            }
            return true;
        } catch (IOException _) {
            return false;
        } finally {
            socket = null;
        }
    }

    @Override
    public void close() {
        closed = true;
        Socket opened = socket;
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException _) {
                // it is gone in any case
            }
        }
    }
}
