package millrace.actors.trainer;

import java.util.HashSet;
import java.util.Set;

/** Which ranks have all that comes into the next step, where none makes it before all can. */
final class ReadyRanks {
    private final int ranks;
    private final Set<Integer> ready = new HashSet<>();
    private long step;

    /**
     * @param made batches that are made
     */
    ReadyRanks(int ranks, long made) {
        this.ranks = ranks;
        this.step = made + 1;
    }

    /**
     * A rank can make a step; what it says twice, or of a step that is made, counts for nothing.
     *
     * @return whether all can now; once for each step
     * @throws IllegalStateException when others have not made the step before
     */
    boolean add(int rank, long ofStep) {
        if (ofStep > step) {
            throw new IllegalStateException(
                    "rank " + rank + " is ready for step " + ofStep + " (expected: " + step + ", which is not made)");
        }
        if (ofStep < step || !ready.add(rank) || ready.size() < ranks) {
            return false;
        }
        ready.clear();
        step++;
        return true;
    }
}
