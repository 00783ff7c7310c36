package millrace.actors.fetch;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which pieces of a file to ask for next and of whom, without actors, clock or disk. Only a few are asked for at a time, so
 * that neither side and no queue between them ever holds more of the file; one that does not come is asked for again, of
 * another holder where there is one.
 *
 * @param <H> a holder
 */
final class Download<H> {
    /** Bytes of a piece but the last. */
    static final int CHUNK = 1 << 20;
    /** Pieces that may be asked for, or be here before one that comes ahead of them in the file. */
    static final int OUTSTANDING = 4;

    static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

    private final long bytes;
    private final List<H> holders = new ArrayList<>();
    private final NavigableMap<Long, Asked<H>> asked = new TreeMap<>();
    private final NavigableMap<Long, ByteBuffer> early = new TreeMap<>();
    private long written;
    private int turn;

    /** A piece to be asked for. */
    record Ask<H>(H holder, long chunk) {}

    private record Asked<H>(H holder, long since) {}

    /** @param bytes of the file, of which nothing is here */
    Download(long bytes) {
        this.bytes = bytes;
    }

    /** Pieces of a file of so many bytes. */
    static long chunks(long bytes) {
        return Math.ceilDiv(bytes, CHUNK);
    }

    /** So many pieces from the beginning of the file are here already, of an attempt before. */
    void resume(long chunks) {
        again();
        written = chunks;
    }

    /** Whether all is here. */
    boolean isDone() {
        return written == chunks(bytes);
    }

    /** Pieces from the beginning of the file that are here. */
    long written() {
        return written;
    }

    /** Whether anybody is known who holds the file. */
    boolean hasHolder() {
        return !holders.isEmpty();
    }

    /** Somebody holds the file. */
    void holds(H holder) {
        if (!holders.contains(holder)) {
            holders.add(holder);
        }
    }

    /** Somebody does not, or not any more: what was asked there is asked elsewhere. */
    void lost(H holder) {
        holders.remove(holder);
        asked.values().removeIf(where -> where.holder().equals(holder));
    }

    /**
     * What to ask for now.
     *
     * @param now in nanoseconds, as all times here
     */
    List<Ask<H>> asks(long now) {
        List<Ask<H>> asks = new ArrayList<>();
        long end = Math.min(chunks(bytes), written + OUTSTANDING);
        for (long chunk = written; chunk < end && hasHolder(); chunk++) {
            Asked<H> before = asked.get(chunk);
            boolean waits = before != null && now - before.since() < AGAIN_AFTER.toNanos();
            if (!waits && !early.containsKey(chunk)) {
                H holder = next(before == null ? null : before.holder());
                asked.put(chunk, new Asked<>(holder, now));
                asks.add(new Ask<>(holder, chunk));
            }
        }
        return asks;
    }

    private H next(@Nullable H notThis) {
        H holder = holders.get(turn++ % holders.size());
        return holder.equals(notThis) && holders.size() > 1 ? holders.get(turn++ % holders.size()) : holder;
    }

    /**
     * A piece is here. One that was not asked for, or came before, changes nothing.
     *
     * @return the pieces to be written now behind those that were, in their order
     * @throws IllegalArgumentException when it does not have the length of that piece
     */
    List<ByteBuffer> arrived(long chunk, ByteBuffer content) {
        long expected = Math.min(CHUNK, bytes - chunk * CHUNK);
        if (chunk < 0 || content.remaining() != expected) {
            throw new IllegalArgumentException(
                    "chunk " + chunk + ": " + content.remaining() + " bytes (expected: " + Math.max(0, expected) + ")");
        }
        if (chunk >= written && chunk < written + OUTSTANDING) {
            asked.remove(chunk);
            early.put(chunk, content);
        }
        List<ByteBuffer> next = new ArrayList<>();
        for (ByteBuffer ready = early.remove(written); ready != null; ready = early.remove(written)) {
            next.add(ready);
            written++;
        }
        return next;
    }

    /** What is here is worth nothing: from the beginning. */
    void again() {
        written = 0;
        asked.clear();
        early.clear();
    }
}
