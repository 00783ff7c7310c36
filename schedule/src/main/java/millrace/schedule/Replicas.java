package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which ranks the micro-batches of a batch go through. Where every stage is on one rank, all go the same way. Where each
 * stage is on several, there are as many replicas of the line, and a micro-batch goes through the one whose ranks do its
 * forwards (bidirectional pipelines: Li and Hoefler, Chimera, SC 2021). Of an order that cannot be executed this is a
 * guess, against which {@link Validator} finds the wrong cell.
 */
final class Replicas {
    private static final int NOWHERE = -1;

    private final int stages;
    // for each replica the rank of each stage
    private final List<List<Integer>> ways = new ArrayList<>();
    private final List<List<Integer>> microBatches = new ArrayList<>();
    private final List<List<Integer>> ranks = new ArrayList<>();
    private final int[] replicaOf;

    /**
     * @throws IllegalArgumentException when a stage is missing, or is there more often than another
     */
    Replicas(List<List<Integer>> placement, List<? extends List<? extends Cell>> order, int microBatches) {
        this.stages = 1
                + placement.stream()
                        .flatMap(List::stream)
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElse(-1);
        this.replicaOf = new int[microBatches];
        List<List<Integer>> holders = holders(placement);
        int copies = stages == 0 ? 1 : holders.getFirst().size();
        if (copies == 1) {
            this.microBatches.add(IntStream.range(0, microBatches).boxed().toList());
            ranks.addAll(holders);
            return;
        }
        sort(forwards(order, microBatches), copies);
        for (int stage = 0; stage < stages; stage++) {
            int of = stage;
            List<Integer> byReplica = new ArrayList<>(ways.stream()
                    .map(way -> way.get(of))
                    .filter(rank -> rank >= 0)
                    .toList());
            holders.get(stage).stream()
                    .filter(rank -> !byReplica.contains(rank))
                    .forEach(byReplica::add);
            ranks.add(List.copyOf(byReplica));
        }
    }

    /** For each stage the ranks that hold it, ascending. */
    private List<List<Integer>> holders(List<List<Integer>> placement) {
        List<List<Integer>> holders = new ArrayList<>();
        for (int stage = 0; stage < stages; stage++) {
            int held = stage;
            List<Integer> of = IntStream.range(0, placement.size())
                    .filter(rank -> placement.get(rank).contains(held))
                    .boxed()
                    .toList();
            if (of.isEmpty()
                    || of.size() != holders.stream().findFirst().orElse(of).size()) {
                throw new IllegalArgumentException("placement: " + placement + " (expected: each stage from 0 to "
                        + (stages - 1) + " once, or each equally often)");
            }
            holders.add(of);
        }
        boolean twice =
                placement.stream().anyMatch(held -> held.stream().distinct().count() < held.size());
        boolean negative = placement.stream().flatMap(List::stream).anyMatch(stage -> stage < 0);
        if (twice || negative) {
            throw new IllegalArgumentException(
                    "placement: " + placement + " (expected: stages from 0, on a rank none twice)");
        }
        return holders;
    }

    /** For each micro-batch the ranks that do its forwards, by stage. */
    private List<List<Integer>> forwards(List<? extends List<? extends Cell>> order, int microBatches) {
        int[][] way = new int[microBatches][stages];
        for (int[] row : way) {
            Arrays.fill(row, NOWHERE);
        }
        for (int rank = 0; rank < order.size(); rank++) {
            for (Cell cell : order.get(rank)) {
                for (Action action : cell.actions()) {
                    boolean known = action.stage() < stages && action.microBatch() < microBatches;
                    if (known && action.kind() == Action.Kind.F) {
                        way[action.microBatch()][action.stage()] = rank;
                    }
                }
            }
        }
        return Arrays.stream(way).map(row -> IntStream.of(row).boxed().toList()).toList();
    }

    /** A way that shares no stage's rank with the replicas known so far begins another. */
    private void sort(List<List<Integer>> waysOfMicroBatches, int copies) {
        List<List<Integer>> together = new ArrayList<>();
        for (int microBatch = 0; microBatch < replicaOf.length; microBatch++) {
            List<Integer> way = waysOfMicroBatches.get(microBatch);
            int replica = ways.indexOf(way);
            if (replica < 0 && ways.size() < copies && ways.stream().allMatch(other -> disjoint(way, other))) {
                replica = ways.size();
                ways.add(way);
                together.add(new ArrayList<>());
            }
            replicaOf[microBatch] = Math.max(0, replica);
            together.get(Math.max(0, replica)).add(microBatch);
        }
        together.forEach(of -> microBatches.add(List.copyOf(of)));
    }

    private static boolean disjoint(List<Integer> way, List<Integer> other) {
        return IntStream.range(0, way.size()).noneMatch(stage -> way.get(stage).equals(other.get(stage)));
    }

    int stages() {
        return stages;
    }

    /** The ranks of a stage, by replica. */
    List<Integer> ranksOf(int stage) {
        return ranks.get(stage);
    }

    /** For each replica its micro-batches, ascending. */
    List<List<Integer>> microBatches() {
        return microBatches;
    }

    int of(int microBatch) {
        return replicaOf[microBatch];
    }
}
