package millrace.actors.trace;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** How stale one stage's gradients were: micro-batches by the steps made between their forward and their own step. */
public final class Staleness {
    private final int stage;
    private final NavigableMap<Long, Long> histogram = new TreeMap<>();
    private final NavigableMap<Long, Long> backwards = new TreeMap<>();
    private int mostVersions = 1;
    private int evaluationVersions;

    public Staleness(int stage) {
        this.stage = stage;
    }

    /** As it was counted elsewhere. */
    public static Staleness of(
            int stage, Map<Long, Long> forwards, Map<Long, Long> backwards, int mostVersions, int evaluationVersions) {
        Staleness staleness = new Staleness(stage);
        staleness.histogram.putAll(forwards);
        staleness.backwards.putAll(backwards);
        staleness.mostVersions = mostVersions;
        staleness.evaluationVersions = evaluationVersions;
        return staleness;
    }

    /**
     * A gradient that went into its step.
     *
     * @param forward steps made since the version that the forward used
     * @param backward steps made since the version that the backward used
     */
    public void add(long forward, long backward) {
        histogram.merge(forward, 1L, Long::sum);
        backwards.merge(backward, 1L, Long::sum);
    }

    /** So many versions of the weights were kept at once. */
    public void kept(int versions) {
        mostVersions = Math.max(mostVersions, versions);
    }

    /** A version of the weights was kept for evaluations that the training did not need any more. */
    public void keptForEvaluation() {
        evaluationVersions = 1;
    }

    public int stage() {
        return stage;
    }

    public long max() {
        return histogram.isEmpty() ? 0 : histogram.lastKey();
    }

    public double mean() {
        long count = histogram.values().stream().mapToLong(Long::longValue).sum();
        double sum = histogram.entrySet().stream()
                .mapToDouble(entry -> (double) entry.getKey() * entry.getValue())
                .sum();
        return count == 0 ? 0 : sum / count;
    }

    /** Micro-batches by staleness of the weights of their forward. */
    public NavigableMap<Long, Long> histogram() {
        return histogram;
    }

    /** Micro-batches by staleness of the weights of their backward. */
    public NavigableMap<Long, Long> backwards() {
        return backwards;
    }

    /** The most versions of the weights that the training kept at once, the newest and predictions included. */
    public int mostVersions() {
        return mostVersions;
    }

    /** The most versions that were kept beside them, for evaluations alone: 0 or 1. */
    public int evaluationVersions() {
        return evaluationVersions;
    }
}
