package millrace.schedule.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * List scheduling (Graham, Bounds for Certain Multiprocessing Anomalies, 1966): as soon as a rank is free it begins, of the
 * actions whose inputs are there, the first by a rule; it never waits for a better one. For any placement and any costs; each action
 * takes time that grows with the ranks, and with what its own rank could begin.
 *
 * <p>So that a rank is not flooded with forwards, only so many micro-batches are under way in the line at a time: the next one
 * enters when the first stage has done the backward of one. And a rank holds no more than those need: where W's that wait hold
 * too much, they come before the next forward. So no order gets stuck for want of memory.
 */
public final class ListScheduler {
    private static final double RELATIVE_TOLERANCE = 1e-9;

    private final Placement placement;
    private final Costs costs;
    private final Rule rule;
    private final double tolerance;
    private final double[] free;
    // when each rank can begin something; infinite when it has nothing to begin
    private final double[] starts;
    private final double[] held;
    private final double[] limits;
    private final List<List<Ready>> ready = new ArrayList<>();
    private final List<List<Cell>> order = new ArrayList<>();
    private int entered;

    /**
     * What is done first, and how much at a time.
     *
     * @param split whether backwards are done as I and W
     * @param inFlight micro-batches under way in the line, at most; no rank begins a forward beyond what they need
     * @param first of the actions that could begin, the one to begin with
     */
    public record Rule(boolean split, int inFlight, Comparator<Action> first) {
        public Rule {
            if (inFlight < 1) {
                throw new IllegalArgumentException("micro-batches in flight: " + inFlight + " (expected: 1 or more)");
            }
        }
    }

    /** Error deltas first, for the lowest micro-batch; then the forward nearest to the end of the line; W's when nothing else is there. */
    public static final Comparator<Action> DEEPEST_FORWARD = byKind((one, other) -> {
        int deeper = Integer.compare(other.stage(), one.stage());
        return deeper != 0 ? deeper : Integer.compare(one.microBatch(), other.microBatch());
    });

    /** As {@link #DEEPEST_FORWARD}, but of the forwards that of the lowest micro-batch. */
    public static final Comparator<Action> LOWEST_FORWARD = byKind((one, other) -> {
        int lower = Integer.compare(one.microBatch(), other.microBatch());
        return lower != 0 ? lower : Integer.compare(one.stage(), other.stage());
    });

    private static Comparator<Action> byKind(Comparator<Action> forwards) {
        return (one, other) -> {
            int kind = Integer.compare(turn(one.kind()), turn(other.kind()));
            if (kind != 0) {
                return kind;
            }
            if (one.kind() == Kind.F) {
                return forwards.compare(one, other);
            }
            int lower = Integer.compare(one.microBatch(), other.microBatch());
            return lower != 0 ? lower : Integer.compare(other.stage(), one.stage());
        };
    }

    private static int turn(Kind kind) {
        return switch (kind) {
            case B, I -> 0;
            case F -> 1;
            case W -> 2;
            case R -> 3;
        };
    }

    /** An action that could begin from a time on. */
    private record Ready(Action action, double from) {}

    private ListScheduler(Placement placement, Costs costs, Rule rule) {
        this.placement = placement;
        this.costs = costs;
        this.rule = rule;
        this.free = new double[placement.ranks()];
        this.starts = new double[placement.ranks()];
        Arrays.fill(starts, Double.POSITIVE_INFINITY);
        this.held = new double[placement.ranks()];
        this.limits = new double[placement.ranks()];
        double longest = 0;
        for (StageCost stage : costs.stages()) {
            longest = Math.max(longest, stage.forward() + stage.backward());
        }
        this.tolerance = RELATIVE_TOLERANCE * longest * placement.microBatches() * placement.stages();
        for (int rank = 0; rank < placement.ranks(); rank++) {
            ready.add(new ArrayList<>());
            order.add(new ArrayList<>());
            for (int stage : placement.stagesOf(rank)) {
                limits[rank] += rule.inFlight() * costs.stages().get(stage).memory();
            }
        }
    }

    /**
     * The schedule that a rule makes.
     *
     * @param placement of one copy of the line
     * @throws IllegalArgumentException when the line has several copies, or the costs are of another number of stages
     */
    public static Schedule schedule(String name, Placement placement, Costs costs, Rule rule) {
        if (placement.replicas().size() != 1) {
            throw new IllegalArgumentException(
                    name + ": replicas: " + placement.replicas().size() + " (expected: 1, one copy of the line)");
        }
        if (costs.stages().size() != placement.stages()) {
            throw new IllegalArgumentException(name + ": costs: of "
                    + costs.stages().size() + " stages (expected: of " + placement.stages() + ")");
        }
        return new Schedule(name, placement, new ListScheduler(placement, costs, rule).order());
    }

    private List<List<Cell>> order() {
        while (entered < Math.min(rule.inFlight(), placement.microBatches())) {
            enter(0);
        }
        for (int rank = earliest(); rank >= 0; rank = earliest()) {
            perform(rank);
        }
        return order;
    }

    private void enter(double from) {
        release(Action.forward(0, entered), from);
        entered++;
    }

    /** The rank that can begin something before all others; -1 when nothing is left. */
    private int earliest() {
        int first = -1;
        double begin = Double.POSITIVE_INFINITY;
        for (int rank = 0; rank < free.length; rank++) {
            if (starts[rank] < begin - tolerance) {
                first = rank;
                begin = starts[rank];
            }
        }
        return first;
    }

    private void renewStart(int rank) {
        double from = Double.POSITIVE_INFINITY;
        for (Ready candidate : ready.get(rank)) {
            from = Math.min(from, candidate.from());
        }
        starts[rank] = Math.max(free[rank], from);
    }

    private void perform(int rank) {
        double start = starts[rank];
        Ready best = null;
        for (Ready candidate : ready.get(rank)) {
            if (candidate.from() <= start + tolerance
                    && fits(rank, candidate.action())
                    && (best == null || rule.first().compare(candidate.action(), best.action()) < 0)) {
                best = candidate;
            }
        }
        if (best == null) {
            throw new IllegalStateException("rank " + rank + ": nothing to begin at " + start);
        }
        ready.get(rank).remove(best);
        Action action = best.action();
        order.get(rank).add(action);
        double end = Math.max(start, best.from())
                + costs.stages().get(action.stage()).of(action.kind());
        free[rank] = end;
        held[rank] += held(action);
        renewStart(rank);
        switch (action.kind()) {
            case F -> {
                if (action.stage() + 1 < placement.stages()) {
                    release(Action.forward(action.stage() + 1, action.microBatch()), end + hop(rank, action, 1));
                } else {
                    releaseBackward(action.stage(), action.microBatch(), end);
                }
            }
            case B, I -> {
                if (action.kind() == Kind.I) {
                    release(Action.backwardWeight(action.stage(), action.microBatch()), end);
                }
                if (action.stage() > 0) {
                    releaseBackward(action.stage() - 1, action.microBatch(), end + hop(rank, action, -1));
                } else if (entered < placement.microBatches()) {
                    enter(end);
                }
            }
            case W, R -> {}
        }
    }

    private boolean fits(int rank, Action action) {
        return action.kind() != Kind.F || held[rank] + held(action) <= limits[rank] * (1 + RELATIVE_TOLERANCE);
    }

    /** What an action adds to what its rank holds. */
    private double held(Action action) {
        return costs.stages().get(action.stage()).held(action.kind(), false);
    }

    private void releaseBackward(int stage, int microBatch, double from) {
        release(rule.split() ? Action.backwardInput(stage, microBatch) : Action.backward(stage, microBatch), from);
    }

    private void release(Action action, double from) {
        int rank = placement.rankOf(action.stage(), action.microBatch());
        ready.get(rank).add(new Ready(action, from));
        starts[rank] = Math.max(free[rank], Math.min(starts[rank], from));
    }

    /** What the message of an action takes to the stage after it or before. */
    private double hop(int rank, Action action, int direction) {
        StageCost cost = costs.stages().get(action.stage());
        int receiver = placement.rankOf(action.stage() + direction, action.microBatch());
        return costs.hop(rank, receiver, direction > 0 ? cost.activationBytes() : cost.deltaBytes());
    }
}
