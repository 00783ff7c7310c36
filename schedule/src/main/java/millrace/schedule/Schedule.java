package millrace.schedule;

import java.util.List;

/**
 * When each rank does what within one batch: a value that is generated, validated, printed, and executed.
 *
 * @param name the generator's name
 * @param microBatches micro-batches a batch is cut into
 * @param placement for each rank the stages that it holds, ascending
 * @param order for each rank its actions, first to last
 */
public record Schedule(String name, int microBatches, List<List<Integer>> placement, List<List<Action>> order) {
    public Schedule {
        placement = placement.stream().map(List::copyOf).toList();
        order = order.stream().map(List::copyOf).toList();
    }

    public int ranks() {
        return order.size();
    }

    public int stages() {
        return placement.stream().mapToInt(List::size).sum();
    }

    /** The rank that holds a stage. */
    public int rankOf(int stage) {
        for (int rank = 0; rank < placement.size(); rank++) {
            if (placement.get(rank).contains(stage)) {
                return rank;
            }
        }
        throw new IllegalArgumentException("stage: " + stage + " (expected: 0 to " + (stages() - 1) + ")");
    }

    /**
     * The most micro-batches that a stage holds at once between F and its B (or W).
     *
     * @param stage stage number in the whole line
     */
    public int peakInFlight(int stage) {
        int held = 0;
        int peak = 0;
        for (Action action : order.get(rankOf(stage))) {
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
}
