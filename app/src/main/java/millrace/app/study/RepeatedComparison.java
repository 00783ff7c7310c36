package millrace.app.study;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A run that was measured several times beside its simulations.
 *
 * @param repeats one or more
 */
public record RepeatedComparison(List<Comparison> repeats) {
    public RepeatedComparison {
        repeats = List.copyOf(repeats);
        if (repeats.isEmpty()) {
            throw new IllegalArgumentException("repeats: none (expected: one or more)");
        }
    }

    /** One of them, for what is the same in all. */
    public Comparison first() {
        return repeats.getFirst();
    }

    /** The one of median measured makespan, for pictures of one run. */
    public Comparison median() {
        List<Comparison> ascending = repeats.stream()
                .sorted(Comparator.comparingDouble(Comparison::measuredMakespan))
                .toList();
        return ascending.get(ascending.size() / 2);
    }

    /** A figure of all repeats. */
    public Spread spread(ToDoubleFunction<Comparison> figure) {
        return Spread.of(repeats.stream().map(figure::applyAsDouble).toList());
    }
}
