package millrace.actors.checkpoint;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * How often a run is saved within an epoch.
 *
 * @param interval between two checkpoints, at least
 * @param overhead the share by which checkpoints may lengthen the training, about: where that is too little for the interval they come
 *     less often. Empty where the interval is kept, whatever they cost
 */
public record CheckpointPace(Duration interval, OptionalDouble overhead) {
    /** At least 5 s apart, and so seldom that the training takes about 2 % longer at most. */
    public static final CheckpointPace USUAL = costing(0.02);

    /** @throws IllegalArgumentException on a time that is not above 0, or a share that is not above 0 and at most 1 */
    public CheckpointPace {
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("checkpoint.interval: " + interval + " (expected: a time above 0)");
        }
        overhead.ifPresent(share -> {
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        "checkpoint.overhead: " + share + " (expected: a share above 0, at most 1)");
            }
        });
    }

    /** Always after the same time, about. */
    public static CheckpointPace every(Duration interval) {
        return new CheckpointPace(interval, OptionalDouble.empty());
    }

    /** At least 5 s apart, and so seldom that they lengthen the training by this share at most. */
    public static CheckpointPace costing(double overhead) {
        return new CheckpointPace(Duration.ofSeconds(5), OptionalDouble.of(overhead));
    }

    /**
     * From one checkpoint to the next, in nanoseconds.
     *
     * @param cost by how much one lengthens the training, in nanoseconds; not below 0
     */
    public long nanos(double cost) {
        double least = interval.toNanos();
        return (long) (overhead.isPresent() ? Math.max(least, cost / overhead.getAsDouble()) : least);
    }
}
