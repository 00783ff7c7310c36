package millrace.actors.memory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * One file on its way from the memory of another node, piece by piece: which pieces are asked for, of whom, and again when they do not
 * come. No clock, no thread, no Akka.
 *
 * @param <H> who may hold the file
 */
final class Transfer<H> {
    /** Pieces that may be under way: what is trained beside it has the same connection. */
    static final int WINDOW = 4;
    /** A piece that has not come is asked for again. */
    static final long AGAIN_NANOS = 1_000_000_000L;
    /** Who gives nothing for so long is given up. */
    static final long PATIENCE_NANOS = 4_000_000_000L;
    /** For so long somebody is looked for who has the file. */
    static final long LOOK_NANOS = 2_000_000_000L;

    private final FileEntry file;
    private final int pieceBytes;
    private final Deque<H> holders;
    private final HeldFiles.Incoming memory;
    // by offset, when it was asked for
    private final SequencedMap<Long, Long> asked = new TreeMap<>();
    // of those that were asked whether they hold it, how many have not answered
    private int unanswered;
    private long next;
    private long received;
    private long progressAt;

    /** A question for a piece. */
    record Ask<H>(H holder, FileEntry file, long from) {}

    /**
     * @param holders who hold the file, in the order in which they are asked for it
     * @param asked how many others were asked whether they do
     * @param pieceBytes of each piece but the last
     */
    Transfer(FileEntry file, List<H> holders, int asked, int pieceBytes, long now) {
        this.file = file.wherever();
        this.unanswered = asked;
        this.pieceBytes = pieceBytes;
        this.holders = new ArrayDeque<>(holders);
        this.memory = new HeldFiles.Incoming(file.bytes());
        this.progressAt = now;
    }

    FileEntry file() {
        return file;
    }

    /** What is to be asked now. */
    List<Ask<H>> asks(long now) {
        if (!holders.isEmpty() && now - progressAt > PATIENCE_NANOS) {
            nextHolder(now);
        }
        H holder = holders.peek();
        List<Ask<H>> asks = new ArrayList<>();
        if (holder == null || isDone()) {
            return asks;
        }
        while (asked.size() < WINDOW && next < file.bytes()) {
            asked.put(next, now - AGAIN_NANOS);
            next += pieceBytes;
        }
        asked.replaceAll((from, at) -> {
            if (now - at < AGAIN_NANOS) {
                return at;
            }
            asks.add(new Ask<>(holder, file, from));
            return now;
        });
        return asks;
    }

    /** A piece is here; one that nobody waits for, or that is none of the file, changes nothing. */
    void arrived(FileEntry of, long from, ByteBuffer bytes, long now) {
        if (!of.equals(file)
                || !asked.containsKey(from)
                || bytes.remaining() != Math.min(pieceBytes, file.bytes() - from)) {
            return;
        }
        asked.remove(from);
        memory.bytes().asSlice(from, bytes.remaining()).copyFrom(MemorySegment.ofBuffer(bytes));
        received += bytes.remaining();
        progressAt = now;
    }

    /** Somebody says whether it has the file, perhaps one that has had it. */
    void answered(FileEntry of, H holder, boolean holds, long now) {
        if (!of.equals(file)) {
            return;
        }
        unanswered = Math.max(0, unanswered - 1);
        if (holds && !holders.contains(holder)) {
            holders.add(holder);
            progressAt = now;
        } else if (!holds && holder.equals(holders.peek())) {
            nextHolder(now);
        }
    }

    private void nextHolder(long now) {
        holders.remove();
        progressAt = now;
        asked.replaceAll((_, _) -> now - AGAIN_NANOS);
    }

    /** Whether all of it is here. */
    boolean isDone() {
        return received == file.bytes();
    }

    /** Whether nobody is left who could give it. */
    boolean isLost(long now) {
        return !isDone() && holders.isEmpty() && (unanswered == 0 || now - progressAt > LOOK_NANOS);
    }

    /** The file, when it is all here; this transfer is over. */
    HeldFiles.Incoming taken() {
        return memory;
    }

    /** Frees what has come of it. */
    void giveUp() {
        memory.giveUp();
    }
}
