package millrace.schedule;

/**
 * Makes a schedule for any number of ranks and micro-batches; one short class for each known schedule. A schedule of
 * your own is a public class with a public constructor without arguments, named in
 * {@code META-INF/services/millrace.schedule.Generator} of a jar on the class path ({@link java.util.ServiceLoader}).
 */
public interface Generator {
    /** The configuration key and command-line word: {@code 1f1b}. */
    String name();

    /** One line for the list of schedules. */
    String description();

    /** Stages a rank when nobody says how many. */
    default int defaultChunks() {
        return 1;
    }

    /** Whether its order depends on what actions and messages cost. */
    default boolean isPlanned() {
        return false;
    }

    /** Copies of the line that it trains, each with micro-batches of its own. */
    default int replicas() {
        return 1;
    }

    /**
     * The schedule of one batch.
     *
     * @param costs what actions and messages take; only {@linkplain #isPlanned planned} schedules look at it
     * @throws IllegalArgumentException naming the numbers when the schedule does not exist for them
     */
    Schedule generate(PipelineShape shape, Costs costs);
}
