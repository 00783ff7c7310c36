package millrace.actors.course;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import millrace.nn.infer.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * A step after which the sets are evaluated while the line trains on. It is reached by the steps, and over when all its sets
 * are evaluated; what the course knew at the step is kept until then.
 */
final class Mark {
    private final long step;
    private final Deque<String> awaited;
    private final Map<String, Evaluation> evaluations = new LinkedHashMap<>();
    private @Nullable Reached reached;

    /**
     * What was known when its step was made.
     *
     * @param loss of the step
     * @param rate that it was made with
     * @param epoch that ended with it; null within an epoch
     */
    record Reached(double loss, double rate, @Nullable EpochTally epoch) {}

    /**
     * @param sets to be evaluated, in this order; may be none
     */
    Mark(long step, List<String> sets) {
        this.step = step;
        this.awaited = new ArrayDeque<>(sets);
    }

    long step() {
        return step;
    }

    void reach(Reached known) {
        reached = known;
    }

    boolean isReached() {
        return reached != null;
    }

    /** What was known there. */
    Reached reached() {
        return Objects.requireNonNull(reached, "a mark that was reached");
    }

    /** The next of its evaluations, which on a cluster may come before the loss of its step. */
    void add(Evaluation evaluation) {
        if (awaited.isEmpty()) {
            throw new IllegalStateException(
                    "evaluation of step " + step + " (expected: one for each of its sets, these are here)");
        }
        evaluations.put(awaited.remove(), evaluation);
    }

    /** Whether all that belongs to it is here. */
    boolean isOver() {
        return isReached() && awaited.isEmpty();
    }

    /** The evaluations that are here, by name of the set. */
    Map<String, Evaluation> evaluations() {
        return evaluations;
    }
}
