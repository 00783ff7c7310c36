package millrace.schedule.zoo;

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
 * rank 0: 0F0 0F1 0F2         0I0 0W0 0I1 0F3 0I2 0W1 0F4 0W2 0I3 0F5 0W3     0I4 0W4 0I5 0W5
 * rank 1:     1F0 1F1 1F2 1I0 1W0 1I1 1W1 1I2 1F3 1W2     1I3 1F4 1W3 1F5 1I4 1W4 1I5 1W5
 * rank 2:         2F0 2I0 2F1 2I1 2F2 2I2 2W0 2W1 2F3 2I3 2W2 2W3 2F4 2I4 2F5 2I5 2W4 2W5
 * </pre>
 *
 * Unlike {@link ZeroBubbleOnePlanned} it takes any number of chunks and stages as uneven as they come, and looks no further
 * ahead than the next action.
 */
public final class GreedyList implements Generator {
    private record Choice(boolean split, Comparator<Action> first) {}

    private static final List<Choice> CHOICES = List.of(
            new Choice(true, ListScheduler.DEEPEST_FORWARD),
            new Choice(true, ListScheduler.LOWEST_FORWARD),
            new Choice(false, ListScheduler.DEEPEST_FORWARD),
            new Choice(false, ListScheduler.LOWEST_FORWARD));

    @Override
    public String name() {
        return "greedy-list";
    }

    @Override
    public String description() {
        return "whatever can begin, error deltas first, planned from costs within memory for p micro-batches";
    }

    @Override
    public boolean isPlanned() {
        return true;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        Placement placement = Placement.loop(shape);
        int inFlight = Math.min(shape.ranks(), costs.mostHeld());
        return Shortest.of(
                CHOICES.stream()
                        .map(choice -> ListScheduler.schedule(
                                name(), placement, costs, new Rule(choice.split(), inFlight, choice.first()))),
                costs);
    }
}
