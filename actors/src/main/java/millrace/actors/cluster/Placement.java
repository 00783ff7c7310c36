package millrace.actors.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Which worker hosts which ranks. */
final class Placement {
    private Placement() {}

    /**
     * Neighbouring ranks stay together, as many on each worker as its capacity allows for: those that would be most
     * loaded get none more. Every worker gets one while there are enough; what is left over gets none.
     *
     * @param ranks to place
     * @param capacities of the workers, 1 or more each
     * @return for each worker its ranks, ascending
     */
    static List<List<Integer>> of(int ranks, List<Integer> capacities) {
        int[] counts = new int[capacities.size()];
        for (int placed = 0; placed < ranks; placed++) {
            int least = 0;
            for (int worker = 1; worker < counts.length; worker++) {
                if (loadWithOneMore(counts, capacities, worker) < loadWithOneMore(counts, capacities, least)) {
                    least = worker;
                }
            }
            // a worker without a rank comes first: distance costs less than an idle machine
            for (int worker = counts.length - 1; worker >= 0; worker--) {
                least = counts[worker] == 0 ? worker : least;
            }
            counts[least]++;
        }
        List<List<Integer>> result = new ArrayList<>();
        int next = 0;
        for (int count : counts) {
            result.add(IntStream.range(next, next + count).boxed().toList());
            next += count;
        }
        return result;
    }

    private static double loadWithOneMore(int[] counts, List<Integer> capacities, int worker) {
        return (counts[worker] + 1.0) / capacities.get(worker);
    }
}
