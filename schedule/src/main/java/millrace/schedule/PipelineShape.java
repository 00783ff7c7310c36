package millrace.schedule;

/**
 * What a schedule is made for.
 *
 * @param ranks worker slots, 1 or more
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

    public int stages() {
        return Math.multiplyExact(ranks, chunks);
    }

    /**
     * @throws IllegalArgumentException unless each rank holds exactly so many stages
     */
    public void requireChunks(String schedule, int expected) {
        if (chunks != expected) {
            throw new IllegalArgumentException(schedule + ": chunks: " + chunks + " (expected: " + expected
                    + ", this schedule has no other form); leave --chunks out");
        }
    }
}
