package millrace.nn.weights;

/**
 * Counts the gradients of the optimizer step under way, and sees to it that they come in their order: a sum of floats
 * depends on it. Micro-batches are numbered over the whole run, and so are the gradients. One thread at a time.
 */
public final class GradientTally {
    private final int accumulate;
    // of a step's micro-batches, counted from its first, and which of them begin a sum
    private final int[] order;
    private final boolean[] begins;
    // gradients computed since the origin
    private long counted;
    // the micro-batch that steps are counted from: where a stream began, or where a run that flushes was begun
    private long origin;

    /**
     * A tally that begins with the first micro-batch of a run.
     *
     * @param accumulate micro-batches of one optimizer step
     * @param order of those of them whose gradients are computed here; with replicas of the line not all
     */
    public GradientTally(int accumulate, GradientOrder order) {
        this.accumulate = accumulate;
        this.order = order.flat();
        this.begins = order.begins();
    }

    /**
     * Counts the gradient of a micro-batch.
     *
     * @return whether it is added to those before it; false where it begins a sum
     * @throws IllegalStateException when it is not the one whose turn it is
     */
    public boolean add(long microBatch) {
        int place = Math.toIntExact(counted % order.length);
        long expected = origin + counted / order.length * accumulate + order[place];
        if (microBatch != expected) {
            throw new IllegalStateException("gradients of micro-batch " + microBatch + " (expected: of " + expected
                    + ", they are added up in ascending order)");
        }
        counted++;
        return !begins[place];
    }

    /** Whether gradients have been added since the last step. */
    public boolean isStepUnderWay() {
        return counted % order.length > 0;
    }

    /** @throws IllegalStateException unless all gradients of a step are there */
    void requireComplete() {
        if (counted == 0 || isStepUnderWay()) {
            throw new IllegalStateException("optimizer step after the gradients of " + counted % order.length
                    + " micro-batches (expected: " + order.length + ")");
        }
    }

    /** The micro-batch from which steps are counted. */
    public long origin() {
        return origin;
    }

    /** Counts from a micro-batch on, no gradient of which is there. */
    void beginAt(long microBatch) {
        origin = microBatch;
        counted = 0;
    }

    /** Goes on behind so many micro-batches of a stream that began with the first; where replicas share them, between steps. */
    void goOnAfter(long microBatches) {
        counted = stepsOf(microBatches) * order.length + microBatches % accumulate;
    }

    /** Optimizer steps of so many micro-batches. */
    long stepsOf(long microBatches) {
        return microBatches / accumulate;
    }
}
