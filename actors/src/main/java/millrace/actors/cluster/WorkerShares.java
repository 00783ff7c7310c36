package millrace.actors.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which worker hosts which ranks in one run epoch.
 *
 * @param ranks by worker, ascending and in the workers' order; none for those that only remember the run
 */
public record WorkerShares(SequencedMap<ActorId, List<Integer>> ranks) {
    /** The order in which workers get their ranks, by their addresses, host:port: who plans for unequal ones has to know it. */
    public static final Comparator<String> BY_ADDRESS = Comparator.comparing(WorkerShares::host)
            .thenComparingInt(WorkerShares::port)
            .thenComparing(Comparator.naturalOrder());

    private static String host(String address) {
        return address.substring(0, Math.max(0, address.lastIndexOf(':')));
    }

    private static int port(String address) {
        String port = address.substring(address.lastIndexOf(':') + 1);
        return port.matches("\\d{1,5}") ? Integer.parseInt(port) : 0;
    }

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
     * The same ranks, shared out again: those of workers that are still there stay where their state is in memory. The others go to
     * workers that have none, then to those that are loaded least, where they can beside a neighbour. Where more workers are
     * idle than that, those with several ranks give some up.
     *
     * @param capacities of the workers, in the order in which they get their ranks
     */
    WorkerShares after(int count, SequencedMap<ActorId, Integer> capacities) {
        return after(count, capacities, List.of());
    }

    /**
     * The same where several ranks hold the same stages: then one that was lost goes to a worker that has another one with
     * these, if none is free, because their state is there.
     *
     * @param alike for each rank the first one with the same stages; empty where each has others
     */
    WorkerShares after(int count, SequencedMap<ActorId, Integer> capacities, List<Integer> alike) {
        SequencedMap<ActorId, TreeSet<Integer>> next = new LinkedHashMap<>();
        TreeSet<Integer> left = IntStream.range(0, count).boxed().collect(Collectors.toCollection(TreeSet::new));
        capacities.keySet().forEach(worker -> next.put(worker, new TreeSet<>(of(worker))));
        next.values().forEach(left::removeAll);
        for (long idle = idle(next); idle > left.size(); ) {
            TreeSet<Integer> most = Collections.max(next.values(), Comparator.comparingInt(TreeSet::size));
            if (most.size() < 2) {
                break;
            }
            left.add(most.removeLast());
        }
        for (int rank : left) {
            Collections.min(
                            next.entrySet(),
                            Comparator.<Map.Entry<ActorId, TreeSet<Integer>>>comparingInt(
                                            share -> share.getValue().isEmpty() ? 0 : 1)
                                    .thenComparingInt(share -> hasAlike(of(share.getKey()), rank, alike) ? 0 : 1)
                                    .thenComparingDouble(
                                            share -> (share.getValue().size() + 1.0)
                                                    / capacities.getOrDefault(share.getKey(), 1))
                                    .thenComparingInt(share -> isBeside(share.getValue(), rank) ? 0 : 1))
                    .getValue()
                    .add(rank);
        }
        SequencedMap<ActorId, List<Integer>> shares = new LinkedHashMap<>();
        next.forEach((worker, ranksOf) -> shares.put(worker, List.copyOf(ranksOf)));
        return new WorkerShares(shares);
    }

    private static long idle(SequencedMap<ActorId, TreeSet<Integer>> shares) {
        return shares.values().stream().filter(TreeSet::isEmpty).count();
    }

    /** The same beside other workers, which host none. */
    WorkerShares beside(Set<ActorId> others) {
        SequencedMap<ActorId, List<Integer>> all = new LinkedHashMap<>(ranks);
        others.forEach(worker -> all.putIfAbsent(worker, List.of()));
        return new WorkerShares(all);
    }

    private static boolean hasAlike(List<Integer> ranks, int rank, List<Integer> alike) {
        return !alike.isEmpty()
                && ranks.stream().anyMatch(other -> alike.get(other).equals(alike.get(rank)));
    }

    private static boolean isBeside(TreeSet<Integer> ranks, int rank) {
        return ranks.contains(rank - 1) || ranks.contains(rank + 1);
    }

    /**
     * For each worker those of which it holds copies: the ones before it, in a ring.
     *
     * @param copies of what each worker has, as many as there are other workers at most
     */
    SequencedMap<ActorId, List<ActorId>> copied(int copies) {
        List<ActorId> ring = List.copyOf(ranks.keySet());
        SequencedMap<ActorId, List<ActorId>> copied = new LinkedHashMap<>();
        for (int i = 0; i < ring.size(); i++) {
            List<ActorId> before = new ArrayList<>();
            for (int distance = 1; distance <= copies && distance < ring.size(); distance++) {
                ActorId other = ring.get(Math.floorMod(i - distance, ring.size()));
                if (uses(other)) {
                    before.add(other);
                }
            }
            copied.put(ring.get(i), List.copyOf(before));
        }
        return copied;
    }

    /**
     * Neighbouring ranks stay together, as many on each worker as its capacity allows for: those that would be most
     * loaded get none more. Every worker gets one while there are enough; what is left over gets none.
     *
     * @param ranks to place
     * @param capacities of the workers, 1 or more each
     * @return for each worker its ranks, ascending
     */
    public static List<List<Integer>> count(int ranks, List<Integer> capacities) {
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
