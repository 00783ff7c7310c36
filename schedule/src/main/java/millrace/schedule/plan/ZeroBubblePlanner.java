package millrace.schedule.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.plan.ZeroBubblePlan.Choices;

/**
 * Plans a line with one stage a rank so that bubbles are filled with W's, within a limit of memory (Qi et al., Zero
 * Bubble Pipeline Parallelism, ICLR 2024, section 3.1). One try goes through the batch in rounds:
 *
 * <ol>
 *   <li>Warm-up: every rank does as many forwards as time before the first error delta and memory allow, each rank
 *       more than the next, then the first I.
 *   <li>In each round, down the line, a forward on the ranks that should do one; then, up the line, one I on each.
 *   <li>Before a forward, W's until memory allows it. While an input is awaited, W's that fit into the wait; then one
 *       that does not, if a bubble there would make this the rank with most bubble.
 *   <li>The first rank, its forwards done, leaves no W behind an I, for nothing else will fill its waits.
 * </ol>
 *
 * Three choices are open in this; all eight combinations are tried, and of the shortest plans the first is taken. Short
 * is the longest span of a rank from its first start to its last end: a rank that starts later may end later, as long
 * as the optimizer's step waits for no one. A rank that has done its W's holds no more than its warm-up did, so memory
 * for one micro-batch is enough for some plan.
 */
public final class ZeroBubblePlanner {
    private static final boolean[] EITHER = {true, false};

    private ZeroBubblePlanner() {}

    /**
     * The best plan found.
     *
     * @param limit memory that a rank may hold, in micro-batches of its stage's activations
     * @throws IllegalArgumentException when the limit is below one micro-batch, or a rank has several stages
     */
    public static Schedule plan(String name, PipelineShape shape, Costs costs, double limit) {
        shape.requireChunks(name, 1);
        if (!(limit >= 1)) {
            throw new IllegalArgumentException(
                    name + ": memory limit: " + limit + " micro-batches (expected: 1 or more, a forward must fit)");
        }
        LineCosts line = new LineCosts(shape, costs, limit);
        Optional<ZeroBubblePlan> best = Optional.empty();
        for (Choices choices : allChoices()) {
            ZeroBubblePlan plan = new ZeroBubblePlan(line, choices);
            if (best.isEmpty() || line.exceeds(best.get().span(), plan.span())) {
                best = Optional.of(plan);
            }
        }
        return new Schedule(name, Placement.loop(shape), best.orElseThrow().order());
    }

    private static List<Choices> allChoices() {
        List<Choices> all = new ArrayList<>();
        for (boolean fullWarmUp : EITHER) {
            for (boolean inputFirst : EITHER) {
                for (boolean greedy : EITHER) {
                    all.add(new Choices(fullWarmUp, inputFirst, greedy));
                }
            }
        }
        return all;
    }
}
