package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.plan.ListScheduler;
import millrace.schedule.plan.ListScheduler.Rule;
import millrace.schedule.plan.Shortest;

/**
 * List scheduling from what actions and messages cost, for any number of stages a rank in a loop, with no more memory than p
 * micro-batches: error deltas first, forwards next, W's while nothing else can begin. Backwards split or whole, and of the
 * forwards the one nearest to the end of the line or that of the lowest micro-batch: of the four orders the shortest one is
 * taken. For 3 ranks and 6 micro-batches, F, I and W of equal length:
 *
 * <pre>
 * DRAWING
 * </pre>
 *
 * Unlike {@link ZeroBubbleOnePlanned} it takes any number of chunks and stages as uneven as they come, and looks no further
 * ahead than the next action.
 */
public final class GreedyList implements Generator {
    @Override
    public String name() {
        return "greedy-list";
    }

    @Override
    public String description() {
        return "whatever can begin, error deltas first, planned from costs within memory for p micro-batches";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        Placement placement = Placement.loop(shape);
        List<Schedule> orders = new ArrayList<>();
        for (boolean split : new boolean[] {true, false}) {
            for (Comparator<Action> first : List.of(ListScheduler.DEEPEST_FORWARD, ListScheduler.LOWEST_FORWARD)) {
                Rule rule = new Rule(split, shape.ranks(), first);
                orders.add(ListScheduler.schedule(name(), placement, costs, rule));
            }
        }
        return Shortest.of(orders, costs);
    }
}
