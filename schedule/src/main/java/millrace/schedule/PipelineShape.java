package millrace.schedule;

/**
 * The size of the line that a schedule is made for.
 *
 * @param ranks number of ranks, 1 or more
 * @param chunks stages that each rank holds, 1 or more; the line has ranks x chunks stages
 * @param microBatches micro-batches that a batch is cut into, 1 or more
 */
public record PipelineShape(int ranks, int chunks, int microBatches) {
    public PipelineShape {
        if (ranks < 1 || chunks < 1 || microBatches < 1) {
            throw new IllegalArgumentException("ranks: " + ranks + ", chunks: " + chunks + ", micro-batches: "
                    + microBatches + " (expected: 1 or more of each)");
        }
    }

    /** Number of stages of the line. */
    public int stages() {
        return Math.multiplyExact(ranks, chunks);
    }

    /**
     * Refuses what a schedule has no form for.
     *
     * @param schedule its name, for the message
     * @param expected stages a rank
     * @throws IllegalArgumentException unless each rank holds exactly so many stages
     */
    public void requireChunks(String schedule, int expected) {
        if (chunks != expected) {
            throw new IllegalArgumentException(schedule + ": chunks: " + chunks + " (expected: " + expected
                    + ", this schedule has no other form); leave --chunks out");
        }
    }
}
