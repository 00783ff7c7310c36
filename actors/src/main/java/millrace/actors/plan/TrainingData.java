package millrace.actors.plan;

import java.util.LinkedHashMap;
import java.util.Map;
import millrace.nn.data.Dataset;
import org.jspecify.annotations.Nullable;

/**
 * The data of a run.
 *
 * @param validation what early stopping and "best" look at; without it they look at the test set
 */
public record TrainingData(
        Dataset train,
        @Nullable Dataset validation,
        @Nullable Dataset test) {
    /** Name of the test set in {@link #evaluated}. */
    public static final String TEST = "test";
    /** Name of the validation set in {@link #evaluated}. */
    public static final String VALIDATION = "validation";

    /** @throws IllegalArgumentException when a set that is to be evaluated is empty */
    public TrainingData {
        requireSamples(VALIDATION, validation);
        requireSamples(TEST, test);
    }

    private static void requireSamples(String what, @Nullable Dataset set) {
        if (set != null && set.size() == 0) {
            throw new IllegalArgumentException(
                    what + " set " + set.name() + ": 0 samples (expected: 1 or more); leave it out");
        }
    }

    /** Only a training set: nothing is evaluated. */
    public static TrainingData of(Dataset train) {
        return new TrainingData(train, null, null);
    }

    /** Whether only the forms of the sets are known here. */
    public boolean isOutline() {
        return train.isOutline();
    }

    /** Bytes that all sets take in memory. */
    public long bytes() {
        return train.bytes()
                + evaluated().values().stream().mapToLong(Dataset::bytes).sum();
    }

    /** The sets that are evaluated after each epoch, by name. */
    public Map<String, Dataset> evaluated() {
        Map<String, Dataset> sets = new LinkedHashMap<>();
        if (validation != null) {
            sets.put(VALIDATION, validation);
        }
        if (test != null) {
            sets.put(TEST, test);
        }
        return sets;
    }
}
