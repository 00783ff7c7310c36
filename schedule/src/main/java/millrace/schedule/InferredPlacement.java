package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.IntStream;
import millrace.schedule.Placement.Replica;

/**
 * The placement of a schedule of which nothing but the cells is known, because it was read from a file. A stage is on the
 * rank that has most of its cells; a cell that stands elsewhere is then the wrong one. Only where all stages are on equally
 * many ranks, more than one, the ranks hold replicas of the line, and a micro-batch goes through the one whose ranks do its
 * forwards. Of an order that cannot be executed the result is a guess, against which {@link Validator} finds the wrong cell.
 */
final class InferredPlacement {
    private static final int NOWHERE = -1;

    private final List<? extends List<? extends Cell>> order;
    private final int stages;
    private final int microBatches;
    // for each replica that was found the rank that does the forward of each stage, NOWHERE for none, and its
    // micro-batches
    private final List<List<Integer>> ways = new ArrayList<>();
    private final List<List<Integer>> microBatchesOfWays = new ArrayList<>();

    private InferredPlacement(List<? extends List<? extends Cell>> order, int stages, int microBatches) {
        this.order = order;
        this.stages = stages;
        this.microBatches = microBatches;
    }

    /**
     * @param name of the schedule, for messages
     * @param order for each rank its cells, at least one in all
     * @throws IllegalArgumentException when a stage has no cells although a later one has
     */
    static Placement of(String name, List<? extends List<? extends Cell>> order, int microBatches) {
        NavigableMap<Integer, Map<Integer, Integer>> cellsOfStages = cellsOfStages(order);
        requireNoGaps(name, cellsOfStages);
        List<List<Integer>> holders = new ArrayList<>();
        cellsOfStages
                .values()
                .forEach(cells -> holders.add(cells.keySet().stream().sorted().toList()));
        boolean alike = holders.stream().mapToInt(List::size).distinct().count() == 1;
        return alike && holders.getFirst().size() > 1
                ? new InferredPlacement(order, holders.size(), microBatches).replicated(holders)
                : once(order, cellsOfStages, microBatches);
    }

    /** For each stage how many cells each rank has of it. */
    private static NavigableMap<Integer, Map<Integer, Integer>> cellsOfStages(
            List<? extends List<? extends Cell>> order) {
        NavigableMap<Integer, Map<Integer, Integer>> cells = new TreeMap<>();
        for (int rank = 0; rank < order.size(); rank++) {
            for (Cell cell : order.get(rank)) {
                for (Action action : cell.actions()) {
                    cells.computeIfAbsent(action.stage(), _ -> new HashMap<>()).merge(rank, 1, Integer::sum);
                }
            }
        }
        return cells;
    }

    private static void requireNoGaps(String name, NavigableMap<Integer, Map<Integer, Integer>> cellsOfStages) {
        StringJoiner missing = new StringJoiner(", ");
        int expected = 0;
        for (int stage : cellsOfStages.keySet()) {
            for (; expected < stage && missing.length() < 40; expected++) {
                missing.add(String.valueOf(expected));
            }
            expected = stage + 1;
        }
        if (missing.length() > 0) {
            throw new IllegalArgumentException("schedule " + name + ": no actions of stage " + missing
                    + " (expected: stages numbered from 0 without gaps)");
        }
    }

    private static Placement once(
            List<? extends List<? extends Cell>> order,
            NavigableMap<Integer, Map<Integer, Integer>> cellsOfStages,
            int microBatches) {
        List<List<Integer>> stagesOfRanks = new ArrayList<>();
        order.forEach(_ -> stagesOfRanks.add(new ArrayList<>()));
        cellsOfStages.forEach((stage, cells) -> {
            int best = NOWHERE;
            for (int rank = 0; rank < order.size(); rank++) {
                best = best < 0 || cells.getOrDefault(rank, 0) > cells.getOrDefault(best, 0) ? rank : best;
            }
            stagesOfRanks.get(best).add(stage);
        });
        return Placement.of(stagesOfRanks, microBatches);
    }

    /**
     * @param holders for each stage its ranks, ascending, of each stage as many
     */
    private Placement replicated(List<List<Integer>> holders) {
        int copies = holders.getFirst().size();
        sort(waysOfMicroBatches(), copies);
        List<List<Integer>> ranksOfStages = new ArrayList<>();
        for (int stage = 0; stage < stages; stage++) {
            ranksOfStages.add(byReplica(stage, holders.get(stage)));
        }
        List<Replica> replicas = new ArrayList<>();
        for (int replica = 0; replica < copies; replica++) {
            int of = replica;
            replicas.add(new Replica(
                    ranksOfStages.stream().map(ranks -> ranks.get(of)).toList(),
                    replica < ways.size() ? microBatchesOfWays.get(replica) : List.of()));
        }
        return new Placement(order.size(), replicas);
    }

    /** A stage's ranks in the order of the replicas that go through them; those that none goes through come last. */
    private List<Integer> byReplica(int stage, List<Integer> holders) {
        List<Integer> ranks = new ArrayList<>(ways.stream()
                .map(way -> way.get(stage))
                .filter(rank -> rank >= 0)
                .toList());
        holders.stream().filter(rank -> !ranks.contains(rank)).forEach(ranks::add);
        return ranks;
    }

    /** For each micro-batch the ranks that do its forwards, by stage. */
    private List<List<Integer>> waysOfMicroBatches() {
        int[][] way = new int[microBatches][stages];
        for (int[] row : way) {
            Arrays.fill(row, NOWHERE);
        }
        for (int rank = 0; rank < order.size(); rank++) {
            for (Cell cell : order.get(rank)) {
                for (Action action : cell.actions()) {
                    if (action.kind() == Action.Kind.F) {
                        way[action.microBatch()][action.stage()] = rank;
                    }
                }
            }
        }
        return Arrays.stream(way).map(row -> IntStream.of(row).boxed().toList()).toList();
    }

    /** A way that shares no stage's rank with the replicas known so far begins another. */
    private void sort(List<List<Integer>> waysOfMicroBatches, int copies) {
        for (int microBatch = 0; microBatch < microBatches; microBatch++) {
            List<Integer> way = waysOfMicroBatches.get(microBatch);
            int replica = ways.indexOf(way);
            if (replica < 0 && ways.size() < copies && ways.stream().allMatch(other -> disjoint(way, other))) {
                replica = ways.size();
                ways.add(way);
                microBatchesOfWays.add(new ArrayList<>());
            }
            microBatchesOfWays.get(Math.max(0, replica)).add(microBatch);
        }
    }

    private static boolean disjoint(List<Integer> way, List<Integer> other) {
        return IntStream.range(0, way.size()).noneMatch(stage -> way.get(stage).equals(other.get(stage)));
    }
}
