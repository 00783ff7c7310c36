package millrace.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.actors.transport.Acknowledged.Range;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of a link. Frames are put in place by the threads that read from the network, straight from their
 * buffers, each frame at most once: a second copy of one would be written when the tensor may be somebody else's already.
 * The inlet takes the messages that are whole, in order.
 */
final class Reassembly {
    /** How far beyond the first missing frame a number may be: more than any window. */
    static final int FURTHEST = 1 << 16;

    private final TensorMemory memory;
    private final long mostBytes;
    private final NavigableMap<Long, Incoming> incoming = new TreeMap<>();
    private long expected;
    private long incomingBytes;
    private long transmission;
    private long duplicates;
    private boolean closed;

    /** @param mostBytes of all messages that are being put together */
    Reassembly(TensorMemory memory, long mostBytes) {
        this.memory = memory;
        this.mostBytes = mostBytes;
    }

    /**
     * Puts a frame in place, if it is wanted; returns whether it was.
     *
     * @param bytes length of the frame's payload
     * @param copy writes the payload to the memory it belongs to
     * @throws IllegalArgumentException when it cannot be a frame of the message
     */
    boolean receive(FramePlace place, Claim claim, long bytes, Consumer<MemorySegment> copy) {
        Incoming message = begin(place, claim, bytes);
        if (message == null) {
            return false;
        }
        if (message.message instanceof Packet packet) {
            copy.accept(packet.tensor().memory().asSlice(place.offset(), bytes));
        }
        end(place, message);
        return true;
    }

    private synchronized @Nullable Incoming begin(FramePlace place, Claim claim, long bytes) {
        check(place, claim, bytes);
        if (closed || place.number() < expected) {
            duplicates++;
            return unwanted(place);
        }
        Incoming message = incoming.get(place.first());
        if (message == null) {
            incomingBytes += claim.payload();
            message = new Incoming(claim, place.slice(), memory);
            incoming.put(place.first(), message);
        } else if (!message.claim.equals(claim) || message.slice != place.slice()) {
            throw new IllegalArgumentException("frame: " + place.number() + " of another message than frame "
                    + place.first() + " (expected: the same header in all frames of a message)");
        }
        int index = (int) place.index();
        if (message.begun.get(index)) {
            duplicates++;
            return unwanted(place);
        }
        message.begun.set(index);
        return message;
    }

    private @Nullable Incoming unwanted(FramePlace place) {
        transmission = Math.max(transmission, place.transmission());
        return null;
    }

    private void check(FramePlace place, Claim claim, long bytes) {
        if (place.number() >= next() + FURTHEST) {
            throw new IllegalArgumentException("frame: number " + place.number() + " (expected: below "
                    + (next() + FURTHEST) + ", as far as a window reaches)");
        }
        if (place.index() >= FramePlace.frames(claim.payload(), place.slice())) {
            throw new IllegalArgumentException("frame: " + place.index() + " of a payload of " + claim.payload()
                    + " bytes in slices of " + place.slice() + " (expected: one that there is)");
        }
        if (bytes != place.bytes(claim.payload())) {
            throw new IllegalArgumentException("payload: " + bytes + " bytes (expected: " + place.bytes(claim.payload())
                    + " in frame " + place.index() + ")");
        }
        boolean room = incoming.containsKey(place.first()) || incomingBytes + claim.payload() <= mostBytes;
        if (!room) {
            throw new IllegalArgumentException("payload: " + claim.payload() + " bytes beside " + incomingBytes
                    + " of other messages (expected: at most " + mostBytes + " in all)");
        }
    }

    private synchronized void end(FramePlace place, Incoming message) {
        message.here.set((int) place.index());
        transmission = Math.max(transmission, place.transmission());
        if (closed && !message.isBeingCopied()) {
            message.release();
        }
    }

    /** The messages that are whole and next in order; the caller owns their holds. */
    synchronized List<LineMessage> take() {
        List<LineMessage> result = new ArrayList<>();
        Incoming next = incoming.get(expected);
        while (next != null && next.isWhole()) {
            incoming.remove(expected);
            incomingBytes -= next.claim.payload();
            expected += next.frames;
            result.add(next.message);
            next = incoming.get(expected);
        }
        return result;
    }

    /** The first frame that is missing, if whole messages have been taken. */
    private long next() {
        Incoming head = incoming.get(expected);
        return expected + (head == null ? 0 : head.here.nextClearBit(0));
    }

    /** Whether frames are missing that were sent before one that is here. */
    synchronized boolean hasGap() {
        Map.Entry<Long, Incoming> first = incoming.firstEntry();
        if (first == null) {
            return false;
        }
        BitSet here = first.getValue().here;
        boolean contiguous = here.nextClearBit(0) == here.cardinality();
        return incoming.size() > 1 || first.getKey() != expected || !contiguous;
    }

    /** What has arrived. */
    synchronized Acknowledged acknowledged(Route route) {
        long next = next();
        List<Range> ranges = new ArrayList<>();
        for (Map.Entry<Long, Incoming> message : incoming.entrySet()) {
            addRanges(message.getKey(), message.getValue(), next, ranges);
        }
        return new Acknowledged(
                route, next, transmission, ranges.subList(0, Math.min(ranges.size(), Acknowledged.MOST_RANGES)));
    }

    private static void addRanges(long first, Incoming message, long next, List<Range> ranges) {
        int from = message.here.nextSetBit(0);
        while (from >= 0) {
            int to = message.here.nextClearBit(from);
            boolean beyond = first + from > next;
            boolean joins = !ranges.isEmpty() && ranges.getLast().to() == first + from;
            if (beyond && joins) {
                ranges.add(new Range(ranges.removeLast().from(), first + to));
            } else if (beyond) {
                ranges.add(new Range(first + from, first + to));
            }
            from = message.here.nextSetBit(to);
        }
    }

    /** Frames that came a second time. */
    synchronized long duplicates() {
        return duplicates;
    }

    /** Gives up all that nobody has taken; what is being copied right now follows when it is done. */
    synchronized void close() {
        closed = true;
        for (Incoming message : incoming.values()) {
            if (!message.isBeingCopied()) {
                message.release();
            }
        }
        incoming.clear();
    }
}
