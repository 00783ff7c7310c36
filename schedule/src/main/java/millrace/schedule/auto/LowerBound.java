package millrace.schedule.auto;

import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Costs.StageCost;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * Times that no batch of a schedule can be shorter by, whatever its order: each rank has its work and its step; and where the line
 * exists once, the rank that holds the first stage spans all that another rank does, the way there of its first forward and the way
 * back of its last error delta.
 */
final class LowerBound {
    private LowerBound() {}

    /**
     * Seconds from one batch to the next, at least.
     *
     * @param steps of each rank's optimizer
     */
    static double period(Schedule schedule, Costs costs, double[] steps) {
        Placement placement = schedule.placement();
        boolean split = splits(schedule);
        double bound = 0;
        for (int rank = 0; rank < placement.ranks(); rank++) {
            double passed = 0;
            double work = steps[rank];
            for (int stage : placement.stagesOf(rank)) {
                StageCost cost = costs.stages().get(stage);
                int microBatches = placement
                        .replicas()
                        .get(placement.replicaOn(rank, stage))
                        .microBatches()
                        .size();
                // a schedule may do some backwards whole and others split
                double delta = split ? Math.min(cost.backwardInput(), cost.backward()) : cost.backward();
                double all = split
                        ? Math.min(cost.backwardInput() + cost.backwardWeight(), cost.backward())
                        : cost.backward();
                passed += microBatches * (cost.forward() + delta);
                work += microBatches * (cost.forward() + all);
            }
            bound = Math.max(bound, work);
            if (placement.replicas().size() == 1 && !placement.stagesOf(rank).isEmpty()) {
                int first = placement.stagesOf(rank).getFirst();
                int spanning = placement.ranksOf(0).getFirst();
                bound = Math.max(bound, thereAndBack(costs, placement, first, split) + passed + steps[spanning]);
            }
        }
        return bound;
    }

    /** The forwards of the stages before one, and their error deltas, with the messages between them. */
    private static double thereAndBack(Costs costs, Placement placement, int stage, boolean split) {
        double time = 0;
        List<Integer> ranks = placement.replicas().getFirst().ranks();
        for (int before = 0; before < stage; before++) {
            StageCost cost = costs.stages().get(before);
            int here = ranks.get(before);
            int next = ranks.get(before + 1);
            time += cost.forward() + (split ? Math.min(cost.backwardInput(), cost.backward()) : cost.backward());
            time += costs.hop(here, next, cost.activationBytes());
            time += costs.hop(next, here, costs.stages().get(before + 1).deltaBytes());
        }
        return time;
    }

    private static boolean splits(Schedule schedule) {
        for (List<? extends Cell> row : schedule.order()) {
            for (Cell cell : row) {
                for (Action action : cell.actions()) {
                    if (action.kind() == Action.Kind.W) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
