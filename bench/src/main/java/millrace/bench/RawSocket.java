package millrace.bench;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * The least that moving tensors between two processes takes: a blocking socket and one copy a side, between the tensor and
 * a direct buffer of 256 KiB, which is what the socket reads and writes. Nothing is acknowledged but the end.
 */
final class RawSocket implements AutoCloseable {
    private static final int STAGING = 256 << 10;
    private static final long END = -1;

    private final SocketChannel socket;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);

    RawSocket(SocketChannel socket) {
        this.socket = socket;
    }

    static RawSocket connect(int port) throws IOException {
        return new RawSocket(SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    }

    /** Sends the tensors in turn for so long; returns bytes a second. */
    double send(List<MemorySegment> tensors, double seconds) throws IOException {
        long begin = System.nanoTime();
        long sent = 0;
        for (int i = 0; System.nanoTime() - begin < seconds * 1e9; i++) {
            MemorySegment tensor = tensors.get(i % tensors.size());
            writeLong(tensor.byteSize());
            for (long at = 0; at < tensor.byteSize(); at += STAGING) {
                int bytes = (int) Math.min(STAGING, tensor.byteSize() - at);
                MemorySegment.copy(tensor, at, MemorySegment.ofBuffer(staging.clear()), 0, bytes);
                write(bytes);
            }
            sent += tensor.byteSize();
        }
        writeLong(END);
        long received = readLong();
        if (received != sent) {
            throw new IOException("received: " + received + " bytes (expected: " + sent + ")");
        }
        return sent / ((System.nanoTime() - begin) / 1e9);
    }

    /** Receives into the tensors in turn until the sender ends its turn, and tells it how much. */
    void receive(List<MemorySegment> tensors) throws IOException {
        long received = 0;
        long size = readLong();
        for (int i = 0; size != END; i++) {
            MemorySegment tensor = tensors.get(i % tensors.size());
            for (long at = 0; at < size; at += STAGING) {
                int bytes = (int) Math.min(STAGING, size - at);
                read(bytes);
                MemorySegment.copy(MemorySegment.ofBuffer(staging.flip()), 0, tensor, at, bytes);
            }
            received += size;
            size = readLong();
        }
        writeLong(received);
    }

    private void writeLong(long value) throws IOException {
        staging.clear().putLong(value);
        write(Long.BYTES);
    }

    private long readLong() throws IOException {
        read(Long.BYTES);
        return staging.getLong(0);
    }

    private void write(int bytes) throws IOException {
        staging.clear().limit(bytes);
        while (staging.hasRemaining()) {
            int _ = socket.write(staging);
        }
    }

    private void read(int bytes) throws IOException {
        staging.clear().limit(bytes);
        while (staging.hasRemaining()) {
            if (socket.read(staging) < 0) {
                throw new EOFException("the other process has ended");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
