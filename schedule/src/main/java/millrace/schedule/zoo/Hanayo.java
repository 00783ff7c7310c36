package millrace.schedule.zoo;

import java.util.stream.IntStream;
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
 * stages, and where it turns the next stage is on the same rank. Backwards come first, then the forward nearest to the end of the
 * line. For 2 ranks, 2 waves and 2 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1     3F0 4F0 3F1 4F1 7F0 7B0 7F1 7B1 4B0 3B0 4B1 3B1 0B0     0B1
 * rank 1:     1F0 2F0 1F1 2F1 5F0 6F0 5F1 6F1 6B0 5B0 6B1 5B1 2B0 1B0 2B1 1B1
 * </pre>
 *
 * The paper's bubble is {@code (2p-2)/(3pW+p-1)} of the time, for m = p and B = 2F. With 4 ranks and two waves or more this one is
 * within 5 % of that; with one wave it is shorter. How many micro-batches are under way at a time is tried, from p to 3p, as if
 * each chunk's F took 1 and its B 2, and the shortest order is taken.
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
        int most = Math.max(shape.ranks(), Math.min(shape.microBatches(), 3 * shape.ranks()));
        int step = Math.max(1, shape.ranks() / 4);
        return Shortest.of(
                IntStream.iterate(shape.ranks(), inFlight -> inFlight <= most, inFlight -> inFlight + step)
                        .mapToObj(inFlight -> ListScheduler.schedule(
                                name(), placement, unit, new Rule(false, inFlight, ListScheduler.DEEPEST_FORWARD))),
                unit);
    }
}
