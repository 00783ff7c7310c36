package millrace.schedule.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Replay;
import millrace.schedule.Schedule;

/**
 * The shortest of all orders of a line with one stage a rank, backwards split, each kind of action in the order of micro-batches,
 * by branch and bound: only orders in which nothing could begin earlier without something else beginning later (Giffler and
 * Thompson, 1960) are looked at, those are given up whose lower bound is no better than the best so far, and so are those that have
 * done what another one has done in no more time ({@link Undominated}). One of the shortest is always among the rest.
 *
 * <p>A rank may hold so many micro-batches between F and W. Because all go in order, its F of micro-batch i then waits for its W
 * of micro-batch {@code i - held}, like for any other action.
 *
 * <p>The number of orders grows beyond all measure: 3 ranks with 3 micro-batches have 74,088, 4 with 4 some 4.6 * 10^10. What is
 * not finished within a number of steps tells the best order so far and a lower bound. It begins with the best steady cycle
 * ({@link SteadyCycle}) and with what is planned in rounds ({@link ZeroBubblePlanner}); the shorter of the two is all that lines of
 * thousands of actions get. Messages are taken to be in nobody's way:
 * where they queue on a link, the order takes longer, and the bound still holds.
 */
public final class OptimalOrder {
    /** What is to be short. */
    public enum Objective {
        /** From the first start to the last end. */
        MAKESPAN,
        /** From the first start of a rank to its last end, of the rank for which that is longest: what batches that follow each other take. */
        RANK_SPAN
    }

    /**
     * What a search has found.
     *
     * @param schedule the shortest
     * @param length of it, by the objective
     * @param bound no order is shorter; equal to the length where that is proved to be the shortest
     * @param steps actions that the search has tried
     */
    public record Result(Schedule schedule, double length, double bound, long steps) {
        /** Whether no order can be shorter. */
        public boolean proved() {
            return bound >= length;
        }
    }

    private static final double RELATIVE_TOLERANCE = 1e-9;

    /** The search goes as deep as there are actions, and would not end for more: such lines get what it begins with. */
    private static final int MOST_ACTIONS = 2_000;

    private final PipelineShape shape;
    private final Costs line;
    private final LineCosts costs;
    private final int held;
    private final long most;
    private final int last;
    private final PartialOrder partial;
    private final Undominated undominated = new Undominated();
    private double best = Double.POSITIVE_INFINITY;
    private List<List<Kind>> bestOrder = List.of();
    private long steps;

    private OptimalOrder(PipelineShape shape, Costs costs, int held, Objective objective, long most) {
        this.shape = shape;
        this.line = costs;
        this.costs = new LineCosts(shape, costs, held);
        this.held = held;
        this.most = most;
        this.last = shape.ranks() - 1;
        this.partial = new PartialOrder(this.costs, objective);
    }

    /**
     * Searches.
     *
     * @param shape of one stage a rank
     * @param held micro-batches that a rank may hold between F and W
     * @param most actions to try; after that the best so far is the result
     * @throws IllegalArgumentException when a rank has several stages, or may hold none
     */
    public static Result search(PipelineShape shape, Costs costs, int held, Objective objective, long most) {
        shape.requireChunks("optimal order", 1);
        if (held < 1) {
            throw new IllegalArgumentException(
                    "micro-batches held: " + held + " (expected: 1 or more, a forward must fit)");
        }
        return new OptimalOrder(shape, costs, Math.min(held, shape.microBatches()), objective, most).result();
    }

    private Result result() {
        double root = partial.bound();
        beginWith(SteadyCycle.of("cycle", shape, line, held).schedule());
        beginWith(ZeroBubblePlanner.plan("rounds", shape, line, held));
        boolean searched = 3L * shape.ranks() * shape.microBatches() <= MOST_ACTIONS;
        if (searched) {
            extend();
        }
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank <= last; rank++) {
            order.add(cells(rank, bestOrder.get(rank)));
        }
        boolean finished = searched && steps < most;
        return new Result(
                new Schedule("optimal", Placement.loop(shape), order),
                best,
                finished ? best : Math.min(root, best),
                steps);
    }

    /** A known order, so that from the start there is something to be better than. */
    private void beginWith(Schedule known) {
        for (int stage = 0; stage <= last; stage++) {
            // what is planned within a limit of memory may hold more micro-batches after their I
            if (known.peakInFlight(stage) > held) {
                return;
            }
        }
        Deque<PartialOrder.Undo> undos = new ArrayDeque<>();
        new Replay(known).run((rank, _, action) -> undos.push(partial.add(rank, action.kind())));
        if (shorter(partial.length())) {
            best = partial.length();
            bestOrder = partial.order();
        }
        undos.forEach(partial::undo);
    }

    private List<Cell> cells(int rank, List<Kind> kinds) {
        RankOrder row = new RankOrder(shape.microBatches());
        for (Kind kind : kinds) {
            switch (kind) {
                case F -> row.f(rank);
                case I -> row.i(rank);
                case W -> row.w(rank);
                case B, R -> throw new IllegalStateException(kind + " in an order of F, I and W");
            }
        }
        return row.cells();
    }

    private void extend() {
        if (partial.finished()) {
            double length = partial.length();
            if (shorter(length)) {
                best = length;
                bestOrder = partial.order();
            }
            return;
        }
        if (steps >= most) {
            return;
        }
        if (!shorter(partial.bound()) || !undominated.add(partial.counts(), partial.times())) {
            return;
        }
        int rank = partial.firstToEnd(held);
        double end = partial.earliestEnd(rank, held);
        for (Kind kind : candidates(rank, end)) {
            steps++;
            PartialOrder.Undo undo = partial.add(rank, kind);
            extend();
            partial.undo(undo);
        }
    }

    private boolean shorter(double length) {
        return length < best * (1 - RELATIVE_TOLERANCE);
    }

    /** What the rank could begin before another of its actions could have ended; what begins first comes first. */
    private List<Kind> candidates(int rank, double end) {
        List<Kind> found = new ArrayList<>();
        for (Kind kind : new Kind[] {Kind.I, Kind.F, Kind.W}) {
            if (!partial.available(rank, kind, held)) {
                continue;
            }
            double start = partial.start(rank, kind);
            // the one that ends first always may: one that takes no time begins when it ends
            if (costs.exceeds(end, start) || start + costs.time(rank, kind) <= end) {
                found.add(kind);
            }
        }
        found.sort((one, other) -> Double.compare(partial.start(rank, one), partial.start(rank, other)));
        return found;
    }
}
