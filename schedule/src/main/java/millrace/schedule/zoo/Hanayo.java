package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.plan.ListScheduler;
import millrace.schedule.plan.ListScheduler.Rule;
import millrace.schedule.plan.Shortest;

/**
 * Waves (Liu et al., Hanayo, SC 2023): the line goes over the ranks there and back W times, so that each rank holds 2W short
 * stages, and where it turns the next stage is on the same rank. Backwards first, then the forward nearest to the end of the
 * line. For 2 ranks, 2 waves and 2 micro-batches:
 *
 * <pre>
 * DRAWING
 * </pre>
 *
 * Bubble {@code (2p-2)/(3pW+p-1)} of the time for m = p and B = 2F, by the paper, which from 2 waves on this is within 5 % of
 * for 4 ranks; with one wave it is shorter. As with all list scheduling the length is found by trying: orders for p to 3p
 * micro-batches under way are made as if each chunk's F took 1 and its B 2, and the shortest is taken.
 */
public final class Hanayo implements Generator {
    private static final int USUAL_WAVES = 2;

    @Override
    public String name() {
        return "hanayo";
    }

    @Override
    public String description() {
        return "stages in waves over the ranks, backwards first (Hanayo 2023)";
    }

    @Override
    public int defaultChunks() {
        return 2 * USUAL_WAVES;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        if (shape.chunks() % 2 != 0) {
            throw new IllegalArgumentException(name() + ": chunks: " + shape.chunks()
                    + " (expected: an even number, 2 for each wave); take " + (shape.chunks() + 1));
        }
        Costs unit = Costs.unit(shape);
        Placement placement = Placement.vee(shape);
        List<Schedule> orders = new ArrayList<>();
        for (int inFlight = shape.ranks(); inFlight <= Math.max(shape.ranks(), most(shape)); inFlight++) {
            Rule rule = new Rule(false, inFlight, ListScheduler.DEEPEST_FORWARD);
            orders.add(ListScheduler.schedule(name(), placement, unit, rule));
        }
        return Shortest.of(orders, unit);
    }

    private static int most(PipelineShape shape) {
        return Math.min(shape.microBatches(), 3 * shape.ranks());
    }
}
