package millrace.schedule;

/** Makes a schedule for any number of ranks and micro-batches; one short class for each known schedule. */
public interface Generator {
    /** The configuration key and command-line word: {@code 1f1b}. */
    String name();

    /** One line for the list of schedules. */
    String description();

    /**
     * The schedule of one batch.
     *
     * @param ranks worker slots, 1 or more
     * @param microBatches micro-batches of a batch, 1 or more
     * @throws IllegalArgumentException naming the numbers when the schedule does not exist for them
     */
    Schedule generate(int ranks, int microBatches);
}
