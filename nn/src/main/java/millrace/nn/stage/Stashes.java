package millrace.nn.stage;

import java.util.HashMap;
import java.util.Map;

/** What a run keeps of the micro-batches that are between their forward and their last backward, by number. */
final class Stashes {
    private final Map<Long, Stash> stashes = new HashMap<>();
    private long held;
    private long mostHeld;

    /**
     * For a forward that begins.
     *
     * @throws IllegalStateException when the micro-batch has one already
     */
    void put(long microBatch, Stash stash) {
        if (stashes.put(microBatch, stash) != null) {
            throw new IllegalStateException("micro-batch " + microBatch + ": forward twice (expected: once)");
        }
    }

    /**
     * Of a forward that was done.
     *
     * @throws IllegalStateException when there was none
     */
    Stash of(long microBatch) {
        Stash stash = stashes.get(microBatch);
        if (stash == null) {
            throw new IllegalStateException("micro-batch " + microBatch
                    + ": backward without forward (expected: one of " + stashes.keySet() + ")");
        }
        return stash;
    }

    /** Counts what the stash holds now. */
    void count(Stash stash) {
        held -= stash.counted;
        stash.counted = stash.bytes();
        held += stash.counted;
        mostHeld = Math.max(mostHeld, held);
    }

    /** Forgets a micro-batch that is done, and all that its stash held. */
    void remove(long microBatch) {
        Stash stash = of(microBatch);
        count(stash);
        stashes.remove(microBatch);
    }

    /** Bytes that are held now. */
    long held() {
        return held;
    }

    /** The most bytes that were held at once. */
    long mostHeld() {
        return mostHeld;
    }

    int size() {
        return stashes.size();
    }

    boolean isEmpty() {
        return stashes.isEmpty();
    }

    /** Numbers of the micro-batches. */
    @Override
    public String toString() {
        return stashes.keySet().toString();
    }
}
