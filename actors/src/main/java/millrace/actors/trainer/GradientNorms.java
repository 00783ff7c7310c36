package millrace.actors.trainer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LossSum;

/**
 * Puts together what the ranks have measured of their gradients: a batch's is whole when all stages have told, and its
 * loss is told with it. Where nothing is measured every loss goes through at once.
 */
final class GradientNorms {
    private final boolean measured;
    private final int stages;
    private final NavigableMap<Long, NavigableMap<Integer, List<Double>>> squares = new TreeMap<>();
    private final Deque<Loss> losses = new ArrayDeque<>();

    private record Loss(long step, LossSum loss) {}

    /** A batch whose loss and norms are known; norms are empty where nothing is measured. */
    record Step(LossSum loss, List<Double> norms) {}

    /**
     * @param stages of the line
     */
    GradientNorms(GradientGuard guard, int stages) {
        this.measured = guard.measures();
        this.stages = stages;
    }

    /**
     * A rank has measured its stages' gradients of a batch.
     *
     * @return the sum of squares over all parameters once all stages have told
     */
    Optional<Double> add(long step, Map<Integer, List<Double>> ofStages) {
        NavigableMap<Integer, List<Double>> all = squares.computeIfAbsent(step, _ -> new TreeMap<>());
        all.putAll(ofStages);
        return all.size() == stages
                ? Optional.of(GradientGuard.sum(
                        all.values().stream().flatMap(List::stream).toList()))
                : Optional.empty();
    }

    /** The loss of a batch is known; they come in order. */
    void lost(long step, LossSum loss) {
        losses.add(new Loss(step, loss));
    }

    /** The next batch of which everything is known. */
    Optional<Step> next() {
        Loss first = losses.peek();
        if (first == null) {
            return Optional.empty();
        }
        if (!measured) {
            losses.remove();
            return Optional.of(new Step(first.loss(), List.of()));
        }
        NavigableMap<Integer, List<Double>> all = squares.getOrDefault(first.step(), new TreeMap<>());
        if (all.size() < stages) {
            return Optional.empty();
        }
        losses.remove();
        squares.headMap(first.step(), true).clear();
        return Optional.of(new Step(first.loss(), GradientGuard.norms(List.copyOf(all.values()))));
    }
}
