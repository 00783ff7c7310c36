package millrace.nn.weights;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The order in which a stage computes the gradients of an optimizer step's micro-batches. A sum of floats depends on its
 * order, and the weights' bits on the sum: gradients are added up ascending, and where the line has replicas, in one sum
 * for each of them.
 *
 * @param sums micro-batches of each sum, ascending, counted from the step's first
 */
public record GradientOrder(List<List<Integer>> sums) {
    /** All of so many micro-batches in one sum. */
    public static GradientOrder ascending(int microBatches) {
        return new GradientOrder(
                List.of(IntStream.range(0, microBatches).boxed().toList()));
    }

    /** Gradients of a step. */
    int size() {
        return sums.stream().mapToInt(List::size).sum();
    }

    /** The micro-batches one after the other. */
    int[] flat() {
        return sums.stream().flatMap(List::stream).mapToInt(Integer::intValue).toArray();
    }

    /** Whether the gradient at a place begins a sum. */
    boolean[] begins() {
        boolean[] begins = new boolean[size()];
        int place = 0;
        for (List<Integer> sum : sums) {
            begins[place] = true;
            place += sum.size();
        }
        return begins;
    }
}
