package millrace.schedule.stream;

import java.util.Arrays;
import java.util.Optional;

/** How a stage of a stream chooses between a forward and a backward. */
public enum Discipline {
    /** Strictly one forward, one backward: what is computed depends on counts alone, never on timing. */
    ONE_FORWARD_ONE_BACKWARD(
            "async-1f1b",
            "for train: 1f1b over the whole run without a flush, each stage stepping by itself (PipeDream 2019);"
                    + " see docs/async.md"),
    /**
     * Whatever is ready, a backward first. Which version a forward sees depends on timing, and so do the weights; only
     * the cap on micro-batches in flight bounds how stale gradients get.
     */
    GREEDY(
            "greedy",
            "for train: as async-1f1b, but whatever is ready, backward first; the weights depend on timing, two runs"
                    + " differ");

    private final String schedule;
    private final String description;

    Discipline(String schedule, String description) {
        this.schedule = schedule;
        this.description = description;
    }

    /** The name that {@code --schedule} takes. */
    public String schedule() {
        return schedule;
    }

    /** One line about it. */
    public String description() {
        return description;
    }

    /** The discipline that a schedule's name stands for, if it is a stream's. */
    public static Optional<Discipline> named(String schedule) {
        return Arrays.stream(values())
                .filter(discipline -> discipline.schedule.equals(schedule))
                .findFirst();
    }
}
