package millrace.schedule.auto;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import millrace.schedule.Action;
import millrace.schedule.Costs.StageCost;

/** What a rank holds at most of micro-batches, by its order alone. */
final class RankMemory {
    private RankMemory() {}

    /**
     * The peak over a rank's order, in which no R need be: a stage that recomputes does so right before its backward.
     *
     * @param recomputes whether a stage does
     * @param cost of a stage as it is then
     */
    static double peak(List<Action> order, IntPredicate recomputes, IntFunction<StageCost> cost) {
        return peak(order, recomputes, recomputes, cost);
    }

    /** The same of an order in which the R's are that its stages do. */
    static double peakOfSchedule(List<Action> order, IntPredicate recomputes, IntFunction<StageCost> cost) {
        return peak(order, recomputes, _ -> false, cost);
    }

    /** @param missing whether the second forwards of a stage are not in the order */
    private static double peak(
            List<Action> order, IntPredicate recomputes, IntPredicate missing, IntFunction<StageCost> cost) {
        double held = 0;
        double peak = 0;
        for (Action action : order) {
            boolean again = recomputes.test(action.stage());
            StageCost stage = cost.apply(action.stage());
            boolean backward = switch (action.kind()) {
                case B, I -> true;
                case F, W, R -> false;
            };
            if (missing.test(action.stage()) && backward) {
                held += stage.held(Action.Kind.R, true);
                peak = Math.max(peak, held);
            }
            held += stage.held(action.kind(), again);
            peak = Math.max(peak, held);
        }
        return peak;
    }
}
