package millrace.schedule.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import millrace.schedule.Action.Kind;
import millrace.schedule.plan.OptimalOrder.Objective;

/**
 * The beginning of an order of a line with one stage a rank, every action as early as it can be: what {@link OptimalOrder} makes
 * longer and shorter again.
 */
final class PartialOrder {
    private static final Kind[] KINDS = {Kind.F, Kind.I, Kind.W};

    private final LineCosts costs;
    private final int ranks;
    private final int microBatches;
    private final int[][] done;
    // by rank and micro-batch
    private final double[][] forwardEnds;
    private final double[][] inputEnds;
    private final double[] free;
    // when each rank begins, whatever the order: its first action is the first forward
    private final double[] begins;
    // where the time of each rank is counted from
    private final double[] counted;
    private final List<List<Kind>> order = new ArrayList<>();

    /** How to take an action back. */
    record Undo(int rank, Kind kind, double free) {}

    PartialOrder(LineCosts costs, Objective objective) {
        this.costs = costs;
        this.ranks = costs.ranks();
        this.microBatches = costs.microBatches();
        this.done = new int[ranks][KINDS.length];
        this.forwardEnds = new double[ranks][microBatches];
        this.inputEnds = new double[ranks][microBatches];
        this.free = new double[ranks];
        this.begins = new double[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            order.add(new ArrayList<>());
            if (rank > 0) {
                begins[rank] = begins[rank - 1] + costs.time(rank - 1, Kind.F) + costs.forwardHop(rank - 1);
            }
        }
        this.counted = objective == Objective.MAKESPAN ? new double[ranks] : begins;
    }

    private static int index(Kind kind) {
        return switch (kind) {
            case F -> 0;
            case I -> 1;
            case W -> 2;
            case B, R -> throw new IllegalArgumentException("kind: " + kind + " (expected: F, I or W)");
        };
    }

    private int done(int rank, Kind kind) {
        return done[rank][index(kind)];
    }

    boolean finished() {
        for (int[] ofRank : done) {
            if (ofRank[index(Kind.W)] < microBatches) {
                return false;
            }
        }
        return true;
    }

    /** For each rank the kinds of its actions, first to last. */
    List<List<Kind>> order() {
        return order.stream().map(List::copyOf).toList();
    }

    /**
     * Whether all that the next action of a kind waits for has its place.
     *
     * @param held micro-batches that the rank may hold
     */
    boolean available(int rank, Kind kind, int held) {
        int next = done(rank, kind);
        if (next == microBatches) {
            return false;
        }
        return switch (kind) {
            case F -> next - done(rank, Kind.W) < held && (rank == 0 || done(rank - 1, Kind.F) > next);
            case I -> next < done(rank, Kind.F) && (rank == ranks - 1 || done(rank + 1, Kind.I) > next);
            case W -> next < done(rank, Kind.I);
            case B, R -> false;
        };
    }

    /** When the next action of a kind can begin, if it is available. */
    double start(int rank, Kind kind) {
        return Math.max(free[rank], arrival(rank, kind));
    }

    private double arrival(int rank, Kind kind) {
        int next = done(rank, kind);
        if (kind == Kind.F && rank > 0) {
            return forwardEnds[rank - 1][next] + costs.forwardHop(rank - 1);
        }
        if (kind == Kind.I && rank < ranks - 1) {
            return inputEnds[rank + 1][next] + costs.backwardHop(rank + 1);
        }
        return 0;
    }

    /** The earliest end of what a rank can do next; infinite when there is nothing. */
    double earliestEnd(int rank, int held) {
        double end = Double.POSITIVE_INFINITY;
        for (Kind kind : KINDS) {
            if (available(rank, kind, held)) {
                end = Math.min(end, start(rank, kind) + costs.time(rank, kind));
            }
        }
        return end;
    }

    /** The rank that can be through with its next action before all others. */
    int firstToEnd(int held) {
        int first = 0;
        for (int rank = 1; rank < ranks; rank++) {
            if (earliestEnd(rank, held) < earliestEnd(first, held)) {
                first = rank;
            }
        }
        return first;
    }

    Undo add(int rank, Kind kind) {
        Undo undo = new Undo(rank, kind, free[rank]);
        double end = start(rank, kind) + costs.time(rank, kind);
        int microBatch = done(rank, kind);
        if (kind == Kind.F) {
            forwardEnds[rank][microBatch] = end;
        } else if (kind == Kind.I) {
            inputEnds[rank][microBatch] = end;
        }
        free[rank] = end;
        done[rank][index(kind)]++;
        order.get(rank).add(kind);
        return undo;
    }

    void undo(Undo undo) {
        int rank = undo.rank();
        done[rank][index(undo.kind())]--;
        free[rank] = undo.free();
        order.get(rank).removeLast();
    }

    double length() {
        double longest = 0;
        for (int rank = 0; rank < ranks; rank++) {
            longest = Math.max(longest, free[rank] - counted[rank]);
        }
        return longest;
    }

    /**
     * No order that begins like this one is shorter: a rank has its own work left, and before its last backward the last
     * micro-batch must go from where it is to the end of the line and come back.
     */
    double bound() {
        double longest = 0;
        for (int rank = 0; rank < ranks; rank++) {
            double end = Math.max(free[rank], begins[rank]);
            for (Kind kind : KINDS) {
                end += (microBatches - done(rank, kind)) * costs.time(rank, kind);
            }
            if (done(rank, Kind.I) < microBatches) {
                end = Math.max(end, lastInputStart(rank) + costs.time(rank, Kind.I) + costs.time(rank, Kind.W));
            }
            longest = Math.max(longest, end - counted[rank]);
        }
        return longest;
    }

    /** A rank's I of the last micro-batch cannot start before. */
    private double lastInputStart(int rank) {
        double at = 0;
        for (int there = 0; there < ranks; there++) {
            int left = microBatches - done(there, Kind.F);
            double forwards = left * costs.time(there, Kind.F);
            // forwards that are left come after what the rank has done, the last one after the way from the rank before
            at = left == 0
                    ? forwardEnds[there][microBatches - 1]
                    : Math.max(at + costs.time(there, Kind.F), free[there] + forwards);
            at += there < ranks - 1 ? costs.forwardHop(there) : 0;
        }
        for (int back = ranks - 1; back > rank; back--) {
            at = done(back, Kind.I) == microBatches
                    ? inputEnds[back][microBatches - 1]
                    : Math.max(at, free[back]) + costs.time(back, Kind.I);
            at += costs.backwardHop(back);
        }
        return at;
    }

    /** How many of each kind each rank has done: orders with the same counts have the same work left. */
    int[] counts() {
        int[] counts = new int[ranks * KINDS.length];
        for (int rank = 0; rank < ranks; rank++) {
            System.arraycopy(done[rank], 0, counts, rank * KINDS.length, KINDS.length);
        }
        return counts;
    }

    /**
     * All that the rest depends on beside the counts: when each rank is free, and when each input that is under way arrives.
     * Where nothing is greater, the rest takes no longer.
     */
    double[] times() {
        double[] times = new double[ranks + 2 * ranks * microBatches];
        int at = 0;
        for (int rank = 0; rank < ranks; rank++) {
            times[at++] = free[rank];
            for (int i = rank + 1 < ranks ? done(rank + 1, Kind.F) : done(rank, Kind.F); i < done(rank, Kind.F); i++) {
                times[at++] = Math.max(forwardEnds[rank][i] + costs.forwardHop(rank), free[rank + 1]);
            }
            for (int i = rank > 0 ? done(rank - 1, Kind.I) : done(rank, Kind.I); i < done(rank, Kind.I); i++) {
                times[at++] = Math.max(inputEnds[rank][i] + costs.backwardHop(rank), free[rank - 1]);
            }
        }
        return Arrays.copyOf(times, at);
    }
}
