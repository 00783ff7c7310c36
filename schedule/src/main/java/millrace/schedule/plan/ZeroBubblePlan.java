package millrace.schedule.plan;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;

/** One try of the zero-bubble heuristic; {@link ZeroBubblePlanner} tells what it does and why. */
final class ZeroBubblePlan {
    private final LineCosts costs;
    private final Choices choices;
    private final int last;
    private final List<RankPlan> line = new ArrayList<>();

    /**
     * What the heuristic leaves open.
     *
     * @param fullWarmUp a warm-up forward must end, not just start, before the first error delta arrives
     * @param inputFirst a rank that is ahead of the next may leave out a forward that would delay its next I
     * @param greedy a wait is cut short by a W too long for it, even if the bubble would not lengthen the line
     */
    record Choices(boolean fullWarmUp, boolean inputFirst, boolean greedy) {}

    ZeroBubblePlan(LineCosts costs, Choices choices) {
        this.costs = costs;
        this.choices = choices;
        this.last = costs.ranks() - 1;
        for (int rank = 0; rank <= last; rank++) {
            line.add(new RankPlan(rank, costs));
        }
        warmUp();
        for (int round = 1; round < costs.microBatches(); round++) {
            boolean[] forwards = forwards();
            for (int rank = 0; rank <= last; rank++) {
                if (forwards[rank]) {
                    forward(rank);
                }
            }
            for (int rank = last; rank >= 0; rank--) {
                backwardInput(rank);
            }
        }
        line.forEach(ZeroBubblePlan::addWaitingWeights);
    }

    /** The longest time that a rank is bound. */
    double span() {
        return line.stream().mapToDouble(RankPlan::span).max().orElse(0);
    }

    List<List<Cell>> order() {
        return line.stream().map(RankPlan::cells).toList();
    }

    private void warmUp() {
        for (int rank = 0; rank <= last; rank++) {
            add(rank, Kind.F);
        }
        int[] more = forwardsBeforeFirstInput();
        for (int rank = 0; rank <= last; rank++) {
            for (int i = 0; i < more[rank]; i++) {
                add(rank, Kind.F);
            }
        }
        for (int rank = last; rank >= 0; rank--) {
            add(rank, Kind.I);
        }
    }

    /** For each rank the forwards beside the first that it has time and memory for, fewer than the rank before has. */
    private int[] forwardsBeforeFirstInput() {
        int[] more = new int[last + 1];
        double firstInput = line.get(last).free() + costs.time(last, Kind.I);
        for (int rank = last - 1; rank >= 0; rank--) {
            double arrival = firstInput + costs.backwardHop(rank + 1);
            double end = line.get(rank).free();
            while (hasRoom(rank, more[rank]) && inTime(end, end + costs.time(rank, Kind.F), arrival)) {
                end += costs.time(rank, Kind.F);
                more[rank]++;
            }
            firstInput = Math.max(end, arrival) + costs.time(rank, Kind.I);
        }
        for (int rank = 1; rank <= last; rank++) {
            // only a rank that has all forwards may have as many as the one before, which then has all too
            boolean all = 1 + more[rank] == costs.microBatches();
            if (!all || more[rank] > more[rank - 1]) {
                more[rank] = Math.max(0, Math.min(more[rank], more[rank - 1] - 1));
            }
        }
        return more;
    }

    private boolean hasRoom(int rank, int more) {
        return 1 + more < costs.microBatches() && costs.fits(rank, (2 + more) * costs.memory(rank, Kind.F));
    }

    private boolean inTime(double start, double end, double arrival) {
        return choices.fullWarmUp() ? !costs.exceeds(end, arrival) : costs.exceeds(arrival, start);
    }

    /** Which ranks do a forward this round: a rank only together with all after it, lest it run ahead for nothing. */
    private boolean[] forwards() {
        boolean[] forwards = new boolean[last + 1];
        for (int rank = last; rank >= 0; rank--) {
            forwards[rank] = line.get(rank).left(Kind.F)
                    && (rank == last || forwards[rank + 1])
                    && !(choices.inputFirst() && delaysInput(rank));
        }
        return forwards;
    }

    /** Whether a forward, with the W's that make room for it, would delay I while the rank has time to wait for I. */
    private boolean delaysInput(int rank) {
        if (rank == last || line.get(rank).done(Kind.F) < line.get(rank + 1).done(Kind.F) + 2) {
            return false;
        }
        RankPlan plan = line.get(rank);
        double nextInput = line.get(rank + 1).free()
                + costs.time(rank + 1, Kind.F)
                + costs.time(rank + 1, Kind.I)
                + costs.backwardHop(rank + 1);
        if (!costs.exceeds(nextInput, plan.free())) {
            return true;
        }
        double end = plan.free() + costs.time(rank, Kind.F) + weightsToFit(rank) * costs.time(rank, Kind.W);
        return costs.exceeds(end, nextInput) && !costs.exceeds(nextInput - plan.free(), slack(rank));
    }

    private int weightsToFit(int rank) {
        RankPlan plan = line.get(rank);
        double memory = plan.memory() + costs.memory(rank, Kind.F);
        int weights = 0;
        while (weights < plan.waitingWeights() && !costs.fits(rank, memory + weights * costs.memory(rank, Kind.W))) {
            weights++;
        }
        return weights;
    }

    private void forward(int rank) {
        for (int weights = weightsToFit(rank); weights > 0; weights--) {
            add(rank, Kind.W);
        }
        fillWait(rank, Kind.F);
        add(rank, Kind.F);
    }

    private void backwardInput(int rank) {
        fillWait(rank, Kind.I);
        if (rank == 0 && !line.getFirst().left(Kind.F)) {
            addWaitingWeights(line.getFirst());
        }
        add(rank, Kind.I);
    }

    /** W's until the input is here: those that fit, then one that delays the action where a bubble would cost more. */
    private void fillWait(int rank, Kind kind) {
        RankPlan plan = line.get(rank);
        double arrival = arrival(rank, kind);
        while (plan.waitingWeights() > 0 && !costs.exceeds(plan.free() + costs.time(rank, Kind.W), arrival)) {
            add(rank, Kind.W);
        }
        boolean waits = plan.waitingWeights() > 0 && costs.exceeds(arrival, plan.free());
        if (waits && (choices.greedy() || costs.exceeds(arrival - plan.free(), slack(rank)))) {
            add(rank, Kind.W);
        }
    }

    /** Bubble that a rank can take without becoming the one with most. */
    private double slack(int rank) {
        double most = 0;
        for (RankPlan plan : line) {
            most = Math.max(most, plan.bubble());
        }
        return most - line.get(rank).bubble();
    }

    /** When the input of a rank's next action of a kind is here, 0 if it needs none. */
    private double arrival(int rank, Kind kind) {
        int microBatch = line.get(rank).done(kind);
        if (kind == Kind.F && rank > 0) {
            return line.get(rank - 1).forwardEnd(microBatch) + costs.forwardHop(rank - 1);
        }
        if (kind == Kind.I && rank < last) {
            return line.get(rank + 1).inputEnd(microBatch) + costs.backwardHop(rank + 1);
        }
        return 0;
    }

    private void add(int rank, Kind kind) {
        line.get(rank).add(kind, arrival(rank, kind));
    }

    private static void addWaitingWeights(RankPlan plan) {
        while (plan.waitingWeights() > 0) {
            plan.add(Kind.W, 0);
        }
    }
}
