package millrace.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What comes in for one rank, link by link: between the threads that read from the network and the rank's inlet. */
public final class Receiver implements AutoCloseable {
    private static final int MOST_LINKS = 1024;

    private final TensorMemory memory;
    private final TransportSettings settings;
    private final Runnable onClose;
    private final Map<String, Reassembly> links = new ConcurrentHashMap<>();
    private boolean closed;

    Receiver(TensorMemory memory, TransportSettings settings, Runnable onClose) {
        this.memory = memory;
        this.settings = settings;
        this.onClose = onClose;
    }

    /**
     * Puts a frame in place, if it is wanted; returns whether it was.
     *
     * @param bytes length of the frame's payload
     * @param copy writes the payload to the memory it belongs to
     * @throws IllegalArgumentException when the frame contradicts itself or what came before, or claims too much
     */
    public boolean receive(String link, FramePlace place, Claim claim, long bytes, Consumer<MemorySegment> copy) {
        if (claim.payload() > settings.largestTensor()) {
            throw new IllegalArgumentException("tensor: " + claim.payload() + " bytes (expected: at most "
                    + settings.largestTensor() + ", millrace.transport.largest-tensor)");
        }
        return opened(link).receive(place, claim, bytes, copy);
    }

    private synchronized Reassembly opened(String link) {
        Reassembly known = links.get(link);
        if (known != null) {
            return known;
        }
        if (links.size() == MOST_LINKS) {
            throw new IllegalArgumentException(
                    "link: one more than " + MOST_LINKS + " (expected: one for each sender)");
        }
        // a window of the sender's beside the message that it reaches into
        Reassembly made = new Reassembly(memory, 2 * settings.largestTensor());
        links.put(link, made);
        if (closed) {
            made.close();
        }
        return made;
    }

    Optional<Reassembly> link(String link) {
        return Optional.ofNullable(links.get(link));
    }

    /** Gives up all that nobody has taken. Frames that come later leave no trace. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            links.values().forEach(Reassembly::close);
        }
        onClose.run();
    }
}
