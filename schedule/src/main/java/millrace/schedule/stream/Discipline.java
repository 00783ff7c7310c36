package millrace.schedule.stream;

/** How a stage of a stream chooses between a forward and a backward. */
public enum Discipline {
    /** Strictly one forward, one backward: what is computed depends on counts alone, never on timing. */
    ONE_FORWARD_ONE_BACKWARD,
    /**
     * Whatever is ready, a backward first. Which version a forward sees depends on timing, and so do the weights; only
     * the cap on micro-batches in flight bounds how stale gradients get.
     */
    GREEDY
}
