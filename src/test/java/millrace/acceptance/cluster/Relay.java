package millrace.acceptance.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The way to a node: everything takes a while, and now and then all connections break, which loses what was on its way.
 * The node advertises {@link #port} and listens elsewhere.
 */
final class Relay implements AutoCloseable {
    private static final int CHUNK = 64 << 10;

    private final ServerSocket listening;
    private final int target;
    private final Duration latency;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private record Chunk(ByteBuffer bytes, long due) {}

    /**
     * @param target port of this machine that the node listens at
     * @param latency of one way
     */
    Relay(int target, Duration latency) {
        this.target = target;
        this.latency = latency;
        try {
            this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Breaks all connections; returns how many there were. */
    int breakConnections() {
        int count = open.size() / 2;
        open.forEach(Relay::close);
        open.clear();
        return count;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket from = listening.accept();
                Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(from);
                open.add(to);
                carry(from, to);
                carry(to, from);
            } catch (IOException _) {
                // closed, or the node does not listen yet: whoever connects tries again
            }
        }
    }

    private void carry(Socket from, Socket to) {
        BlockingQueue<Chunk> onItsWay = new LinkedBlockingQueue<>();
        Thread.ofVirtual().start(() -> {
            try (InputStream in = from.getInputStream()) {
                byte[] buffer = new byte[CHUNK];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    onItsWay.add(
                            new Chunk(ByteBuffer.wrap(buffer.clone(), 0, read), System.nanoTime() + latency.toNanos()));
                }
            } catch (IOException _) {
                // broken
            }
            close(from);
            close(to);
        });
        Thread.ofVirtual().start(() -> {
            try (OutputStream out = to.getOutputStream()) {
                while (!to.isClosed()) {
                    Chunk chunk = onItsWay.take();
                    TimeUnit.NANOSECONDS.sleep(chunk.due() - System.nanoTime());
                    out.write(chunk.bytes().array(), 0, chunk.bytes().limit());
                }
            } catch (IOException _) {
                // broken
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // closed it is
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        breakConnections();
    }
}
