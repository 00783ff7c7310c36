package millrace.schedule;

import java.util.ArrayList;
import java.util.List;

/** When each rank does what within one batch: a value that is generated, validated, printed, simulated, executed. */
public final class Schedule {
    private final String name;
    private final int microBatches;
    private final List<List<Integer>> placement;
    private final List<? extends List<? extends Cell>> order;
    private final Replicas replicas;

    /**
     * @param name the generator's name
     * @param microBatches micro-batches a batch is cut into
     * @param placement for each rank the stages that it holds, ascending; together 0 to n-1, each once, or each as often
     *     as there are replicas of the whole line
     * @param order for each rank its cells, first to last
     */
    public Schedule(
            String name, int microBatches, List<List<Integer>> placement, List<? extends List<? extends Cell>> order) {
        this.name = name;
        this.microBatches = microBatches;
        this.placement = placement.stream().map(List::copyOf).toList();
        this.order = order.stream().map(List::copyOf).toList();
        if (placement.size() != order.size()) {
            throw new IllegalArgumentException("schedule " + name + ": placement for " + placement.size()
                    + " ranks, orders for " + order.size() + " (expected: as many)");
        }
        this.replicas = new Replicas(this.placement, this.order, microBatches);
    }

    public String name() {
        return name;
    }

    public int microBatches() {
        return microBatches;
    }

    /** For each rank the stages that it holds. */
    public List<List<Integer>> placement() {
        return placement;
    }

    /** For each rank its cells, first to last. */
    public List<? extends List<? extends Cell>> order() {
        return order;
    }

    public int ranks() {
        return order.size();
    }

    public int stages() {
        return replicas.stages();
    }

    /** The most stages that a rank holds of the line, as {@link #share}. */
    public int chunks() {
        int most = placement.stream().mapToInt(List::size).max().orElse(0);
        return (most + replicas().size() - 1) / replicas().size();
    }

    /** The rank that holds a stage; of several that of the first replica. */
    public int rankOf(int stage) {
        return ranksOf(stage).getFirst();
    }

    /** The ranks that hold a stage, by replica. */
    public List<Integer> ranksOf(int stage) {
        if (stage < 0 || stage >= stages()) {
            throw new IllegalArgumentException("stage: " + stage + " (expected: 0 to " + (stages() - 1) + ")");
        }
        return replicas.ranksOf(stage);
    }

    /** The rank where a stage works on a micro-batch. */
    public int rankOf(int stage, int microBatch) {
        return ranksOf(stage).get(replicaOf(microBatch));
    }

    /**
     * For each replica of the line the micro-batches that go through it, ascending; the first replica has micro-batch 0.
     * Nearly always there is one, which has them all.
     */
    public List<List<Integer>> replicas() {
        return replicas.microBatches();
    }

    /** The replica that a micro-batch goes through. */
    public int replicaOf(int microBatch) {
        return replicas.of(microBatch);
    }

    /** The replica whose copy of a stage a rank holds; -1 where it holds none. */
    public int replicaOn(int rank, int stage) {
        return ranksOf(stage).indexOf(rank);
    }

    /** How much of the line a rank holds, in stages: a stage that several ranks hold counts as a part of one. */
    public double share(int rank) {
        return (double) placement.get(rank).size() / replicas().size();
    }

    /** Actions of a rank. */
    public List<Action> actions(int rank) {
        List<Action> actions = new ArrayList<>(order.get(rank).size());
        for (Cell cell : order.get(rank)) {
            switch (cell) {
                case Action action -> actions.add(action);
                case Fused(Action first, Action second) -> {
                    actions.add(first);
                    actions.add(second);
                }
            }
        }
        return actions;
    }

    /**
     * The most micro-batches that a stage holds at once between F and its B (or W).
     *
     * @param stage stage number in the whole line
     */
    public int peakInFlight(int stage) {
        return ranksOf(stage).stream()
                .mapToInt(rank -> peakInFlight(rank, stage))
                .max()
                .orElse(0);
    }

    private int peakInFlight(int rank, int stage) {
        int held = 0;
        int peak = 0;
        for (Action action : actions(rank)) {
            if (action.stage() == stage) {
                switch (action.kind()) {
                    case F -> held++;
                    case B, W -> held--;
                    case I -> {}
                }
                peak = Math.max(peak, held);
            }
        }
        return peak;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Schedule that
                && name.equals(that.name)
                && microBatches == that.microBatches
                && placement.equals(that.placement)
                && order.equals(that.order);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + order.hashCode();
    }

    @Override
    public String toString() {
        return name + " with " + ranks() + " ranks, " + stages() + " stages, " + microBatches + " micro-batches";
    }
}
