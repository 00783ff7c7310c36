package millrace.schedule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import millrace.schedule.Action.Kind;

/**
 * When each rank does what within one batch, and which rank holds what. A schedule is a value: it is generated, read from a
 * file, validated, printed, simulated and executed, each by somebody else, and equal schedules do equal work.
 */
public final class Schedule {
    private final String name;
    private final Placement placement;
    private final List<? extends List<? extends Cell>> order;
    private final SortedSet<Integer> recomputed;

    /**
     * @param name the generator's name
     * @param placement which rank holds which stage, and which micro-batches go through it
     * @param order for each rank its cells, first to last
     * @throws IllegalArgumentException when placement and order are of different numbers of ranks
     */
    public Schedule(String name, Placement placement, List<? extends List<? extends Cell>> order) {
        if (placement.ranks() != order.size()) {
            throw new IllegalArgumentException("schedule " + name + ": placement for " + placement.ranks()
                    + " ranks, orders for " + order.size() + " (expected: as many)");
        }
        this.name = name;
        this.placement = placement;
        this.order = order.stream().map(List::copyOf).toList();
        this.recomputed = stagesWithSecondForwards();
    }

    /** The generator's name, or that of the file it was read from. */
    public String name() {
        return name;
    }

    /** Which rank holds which stage, and which micro-batches go through it. */
    public Placement placement() {
        return placement;
    }

    /** For each rank its cells, first to last. */
    public List<? extends List<? extends Cell>> order() {
        return order;
    }

    /** Micro-batches that a batch is cut into. */
    public int microBatches() {
        return placement.microBatches();
    }

    /** Number of ranks. */
    public int ranks() {
        return placement.ranks();
    }

    /** Number of stages of the line. */
    public int stages() {
        return placement.stages();
    }

    /** The rank where a stage works on a micro-batch. */
    public int rankOf(int stage, int microBatch) {
        return placement.rankOf(stage, microBatch);
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
        return placement.ranksOf(stage).stream()
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
                    case I, R -> {}
                }
                peak = Math.max(peak, held);
            }
        }
        return peak;
    }

    /** The stages that do their forwards a second time, ascending. */
    public SortedSet<Integer> recomputed() {
        return recomputed;
    }

    private SortedSet<Integer> stagesWithSecondForwards() {
        SortedSet<Integer> stages = new TreeSet<>();
        for (List<? extends Cell> row : order) {
            for (Cell cell : row) {
                switch (cell) {
                    case Action action -> addRecomputed(action, stages);
                    case Fused(Action first, Action second) -> {
                        addRecomputed(first, stages);
                        addRecomputed(second, stages);
                    }
                }
            }
        }
        return Collections.unmodifiableSortedSet(stages);
    }

    private static void addRecomputed(Action action, SortedSet<Integer> stages) {
        if (action.kind() == Kind.R) {
            stages.add(action.stage());
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Schedule that
                && name.equals(that.name)
                && placement.equals(that.placement)
                && order.equals(that.order);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + order.hashCode();
    }

    @Override
    public String toString() {
        return name + " with " + ranks() + " ranks, " + stages() + " stages, " + microBatches() + " micro-batches";
    }
}
