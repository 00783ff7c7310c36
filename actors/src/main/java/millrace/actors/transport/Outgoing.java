package millrace.actors.transport;

import java.util.Optional;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.nn.tensor.Tensor;

/**
 * A message until the receiver has it: owns the hold of its tensor, and gives it up when all frames are acknowledged or
 * the outlet ends. A frame may be written after that, by another thread, when one was sent again and both arrive:
 * {@link #whileHeld} keeps it from reading memory that is somebody else's by now.
 */
public final class Outgoing {
    private static final int ALIGNMENT = 64;

    private final LineMessage content;
    private final long first;
    private final long payload;
    private final int slice;
    private long unacknowledged;
    private boolean withdrawn;

    /**
     * @param first number of the first frame
     * @param longest slice that a frame takes
     */
    Outgoing(LineMessage content, long first, int longest) {
        this.content = content;
        this.first = first;
        this.payload = tensor(content).map(t -> t.memory().byteSize()).orElse(0L);
        this.slice = slice(payload, longest);
        this.unacknowledged = frames();
    }

    /** Equal slices: while one is copied the one before travels. */
    private static int slice(long payload, int longest) {
        long even = Math.ceilDiv(payload, FramePlace.frames(payload, longest));
        long aligned = Math.ceilDiv(even, (long) ALIGNMENT) * ALIGNMENT;
        return (int) Math.clamp(aligned, (long) ALIGNMENT, (long) longest);
    }

    private static Optional<Tensor> tensor(LineMessage content) {
        return content instanceof Packet packet ? Optional.of(packet.tensor()) : Optional.empty();
    }

    public LineMessage content() {
        return content;
    }

    /** Bytes of the tensor. */
    public long payload() {
        return payload;
    }

    long first() {
        return first;
    }

    int slice() {
        return slice;
    }

    long frames() {
        return FramePlace.frames(payload, slice);
    }

    /** Does it while the tensor is held; returns whether it was. */
    public synchronized boolean whileHeld(Runnable write) {
        if (!withdrawn) {
            write.run();
        }
        return !withdrawn;
    }

    void frameArrived() {
        unacknowledged--;
        if (unacknowledged == 0) {
            withdraw();
        }
    }

    /** Gives up the hold, once. */
    synchronized void withdraw() {
        if (!withdrawn) {
            withdrawn = true;
            tensor(content).ifPresent(Tensor::release);
        }
    }
}
