package millrace.schedule.plan;

import java.util.List;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.RankOrder;

/** What one rank has been given to do so far, when that ends and what it holds then. */
final class RankPlan {
    private final int rank;
    private final LineCosts costs;
    private final RankOrder order;
    private final double[] forwardEnds;
    private final double[] inputEnds;
    private double free;
    private double memory;
    private double bubble;

    RankPlan(int rank, LineCosts costs) {
        this.rank = rank;
        this.costs = costs;
        this.order = new RankOrder(costs.microBatches());
        this.forwardEnds = new double[costs.microBatches()];
        this.inputEnds = new double[costs.microBatches()];
    }

    /**
     * Adds the next micro-batch of a kind.
     *
     * @param arrival when its input is here; 0 when it needs none
     */
    void add(Kind kind, double arrival) {
        double start = Math.max(free, arrival);
        if (done(Kind.F) > 0) {
            bubble += start - free;
        }
        free = start + costs.time(rank, kind);
        memory += costs.memory(rank, kind);
        int microBatch = done(kind);
        switch (kind) {
            case F -> {
                forwardEnds[microBatch] = free;
                order.f(rank);
            }
            case I -> {
                inputEnds[microBatch] = free;
                order.i(rank);
            }
            case W -> order.w(rank);
            case B, R -> throw new IllegalArgumentException("kind: " + kind + " (expected: F, I or W)");
        }
    }

    int done(Kind kind) {
        return order.done(rank, kind);
    }

    boolean left(Kind kind) {
        return order.left(rank, kind);
    }

    /** W's that could be done now. */
    int waitingWeights() {
        return done(Kind.I) - done(Kind.W);
    }

    double forwardEnd(int microBatch) {
        return forwardEnds[microBatch];
    }

    double inputEnd(int microBatch) {
        return inputEnds[microBatch];
    }

    /** The end of the last action. */
    double free() {
        return free;
    }

    double memory() {
        return memory;
    }

    /** Time without work since the first forward. */
    double bubble() {
        return bubble;
    }

    /** From the first forward's start to the last end: the time a rank is bound, which staggered batches may overlap. */
    double span() {
        return free - forwardEnds[0] + costs.time(rank, Kind.F);
    }

    List<Cell> cells() {
        return order.cells();
    }
}
