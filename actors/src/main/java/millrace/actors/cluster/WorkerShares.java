package millrace.actors.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * Which worker hosts which ranks in one run epoch.
 *
 * @param ranks by worker, ascending and in the workers' order; none for those that only remember the run
 */
record WorkerShares(SequencedMap<ActorId, List<Integer>> ranks) {
    /**
     * Shares ranks out.
     *
     * @param capacities of the workers, in the order in which they get their ranks
     */
    static WorkerShares of(int ranks, SequencedMap<ActorId, Integer> capacities) {
        List<List<Integer>> counted = count(ranks, List.copyOf(capacities.values()));
        SequencedMap<ActorId, List<Integer>> shares = new LinkedHashMap<>();
        capacities.keySet().forEach(worker -> shares.put(worker, counted.get(shares.size())));
        return new WorkerShares(shares);
    }

    /**
     * Neighbouring ranks stay together, as many on each worker as its capacity allows for: those that would be most
     * loaded get none more. Every worker gets one while there are enough; what is left over gets none.
     *
     * @param ranks to place
     * @param capacities of the workers, 1 or more each
     * @return for each worker its ranks, ascending
     */
    static List<List<Integer>> count(int ranks, List<Integer> capacities) {
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

    /** The ranks that a worker hosts. */
    List<Integer> of(ActorId worker) {
        return ranks.getOrDefault(worker, List.of());
    }

    /** Whether a worker hosts any. */
    boolean uses(ActorId worker) {
        return !of(worker).isEmpty();
    }

    /** Workers that host some. */
    List<ActorId> users() {
        return ranks.entrySet().stream()
                .filter(share -> !share.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }
}
