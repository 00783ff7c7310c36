package millrace.schedule.stream;

import java.util.Arrays;
import java.util.Locale;

/** Which versions of a stage's weights the forward and the backward of a micro-batch use when nobody flushes. */
public enum WeightPolicy {
    /** The newest at the forward, kept for the backward (Narayanan et al., PipeDream, SOSP 2019: weight stashing). */
    STASH(true),
    /** What the first stage used for the micro-batch, on every stage (PipeDream: vertical sync). */
    VERTICAL(true),
    /** The version before the batch's own on every stage: two buffers (Narayanan et al., PipeDream-2BW, ICML 2021). */
    TWO_BUFFERS(true),
    /** The newest at each moment: the backward may see other weights than its forward, nothing is kept. */
    LIVE(false),
    /**
     * The forward with the weights that the stage will probably have at the micro-batch's own step, the newest moved on
     * along the optimizer's direction; the backward with the newest, which by then are those (Chen et al., SpecTrain
     * 2018; Guan et al., XPipe 2019: linear weight prediction).
     */
    PREDICT(false),
    /**
     * As {@link #STASH}, the optimizer stepping by Nesterov's accelerated gradient with a damped gradient, whose look-ahead
     * makes up for the delay (Ajanthan et al., Nesterov method for asynchronous pipeline parallel optimization, ICML 2025).
     */
    NESTEROV(true);

    private final boolean consistent;

    WeightPolicy(boolean consistent) {
        this.consistent = consistent;
    }

    /** Whether a backward always uses the weights that its forward used. */
    public boolean isConsistent() {
        return consistent;
    }

    /** The word on the command line: {@code 2bw}. */
    public String word() {
        return this == TWO_BUFFERS ? "2bw" : name().toLowerCase(Locale.ROOT);
    }

    /** The words of all policies: {@code stash, vertical, ...}. */
    public static String words() {
        return String.join(", ", Arrays.stream(values()).map(WeightPolicy::word).toList());
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
                .orElseThrow(
                        () -> new IllegalArgumentException("weights: " + word + " (expected: one of " + words() + ")"));
    }
}
