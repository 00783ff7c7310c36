package millrace.schedule.stream;

import java.util.Arrays;
import java.util.Locale;

/** Which versions of a stage's weights the forward and the backward of a micro-batch use when nobody flushes. */
public enum WeightPolicy {
    /** The newest at the forward, kept for the backward (Narayanan et al., PipeDream, SOSP 2019: weight stashing). */
    STASH,
    /** What the first stage used for the micro-batch, on every stage (PipeDream: vertical sync). */
    VERTICAL,
    /** The version before the batch's own on every stage: two buffers (Narayanan et al., PipeDream-2BW, ICML 2021). */
    TWO_BUFFERS,
    /** The newest at each moment: the backward may see other weights than its forward, nothing is kept. */
    LIVE;

    /** The word on the command line: {@code 2bw}. */
    public String word() {
        return this == TWO_BUFFERS ? "2bw" : name().toLowerCase(Locale.ROOT);
    }

    /**
     * The policy of that word.
     *
     * @throws IllegalArgumentException on an unknown word (lists the known ones)
     */
    public static WeightPolicy of(String word) {
        return Arrays.stream(values())
                .filter(policy -> policy.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("weights: " + word + " (expected: one of "
                        + String.join(
                                ", ",
                                Arrays.stream(values()).map(WeightPolicy::word).toList()) + ")"));
    }
}
