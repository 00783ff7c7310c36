package millrace.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * Which learning rates to try: four, and while the best of them lies at an edge one more beyond that edge, up to three
 * times; so a method is not judged by where somebody thought that its best rate would be. A function of what was tried:
 * an interrupted search goes on where it was.
 */
final class RateSearch {
    private static final int FIRST = 4;
    private static final int MOST = FIRST + 3;

    private RateSearch() {}

    /**
     * What is still to be tried; empty when the search is over.
     *
     * @param lowest of the first four
     * @param tried accuracies by rate, NaN where training diverged
     */
    static List<Rate> toTry(Rate lowest, NavigableMap<Rate, Double> tried) {
        List<Rate> missing = new ArrayList<>();
        Rate rate = lowest;
        for (int i = 0; i < FIRST; i++) {
            if (!tried.containsKey(rate)) {
                missing.add(rate);
            }
            rate = rate.higher();
        }
        if (!missing.isEmpty() || tried.size() >= MOST) {
            return missing;
        }
        // where everything diverged, the remedy is lower
        Rate best = best(tried).orElse(tried.firstKey());
        if (best.equals(tried.firstKey())) {
            return List.of(best.lower());
        }
        return best.equals(tried.lastKey()) ? List.of(best.higher()) : List.of();
    }

    /** The most accurate rate, of equal ones the lowest; empty where all diverged. */
    static Optional<Rate> best(NavigableMap<Rate, Double> tried) {
        return tried.entrySet().stream()
                .filter(entry -> !Double.isNaN(entry.getValue()))
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey);
    }

    /** Whether the search ended with its best rate at an edge: a better one may lie beyond. */
    static boolean endedAtEdge(NavigableMap<Rate, Double> tried) {
        return best(tried)
                .filter(best -> best.equals(tried.firstKey()) || best.equals(tried.lastKey()))
                .isPresent();
    }
}
