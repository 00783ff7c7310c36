package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** When each rank does what within one batch: a value that is generated, validated, printed, simulated, executed. */
public final class Schedule {
    private final String name;
    private final int microBatches;
    private final List<List<Integer>> placement;
    private final List<? extends List<? extends Cell>> order;
    private final int[] rankOf;

    /**
     * @param name the generator's name
     * @param microBatches micro-batches a batch is cut into
     * @param placement for each rank the stages that it holds, ascending; together 0 to n-1, each once
     * @param order for each rank its cells, first to last
     */
    public Schedule(
            String name, int microBatches, List<List<Integer>> placement, List<? extends List<? extends Cell>> order) {
        this.name = name;
        this.microBatches = microBatches;
        this.placement = placement.stream().map(List::copyOf).toList();
        this.order = order.stream().map(List::copyOf).toList();
        this.rankOf = ranks(this.placement);
        if (placement.size() != order.size()) {
            throw new IllegalArgumentException("schedule " + name + ": placement for " + placement.size()
                    + " ranks, orders for " + order.size() + " (expected: as many)");
        }
    }

    private static int[] ranks(List<List<Integer>> placement) {
        int[] ranks = new int[placement.stream().mapToInt(List::size).sum()];
        Arrays.fill(ranks, -1);
        for (int rank = 0; rank < placement.size(); rank++) {
            for (int stage : placement.get(rank)) {
                if (stage < 0 || stage >= ranks.length || ranks[stage] >= 0) {
                    throw new IllegalArgumentException("placement: " + placement + " (expected: each stage from 0 to "
                            + (ranks.length - 1) + " once)");
                }
                ranks[stage] = rank;
            }
        }
        return ranks;
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
        return rankOf.length;
    }

    /** The most stages that a rank holds. */
    public int chunks() {
        return placement.stream().mapToInt(List::size).max().orElse(0);
    }

    /** The rank that holds a stage. */
    public int rankOf(int stage) {
        if (stage < 0 || stage >= rankOf.length) {
            throw new IllegalArgumentException("stage: " + stage + " (expected: 0 to " + (stages() - 1) + ")");
        }
        return rankOf[stage];
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
        int held = 0;
        int peak = 0;
        for (Action action : actions(rankOf(stage))) {
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
