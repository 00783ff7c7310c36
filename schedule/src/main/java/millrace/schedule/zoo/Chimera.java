package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * Two replicas of the line in opposite directions (Li and Hoefler, Chimera, SC 2021): rank r holds stage r for half of
 * the micro-batches and stage p-1-r for the others, so that ranks have even work however uneven the stages are. Even
 * micro-batches go down, odd ones up: weights are the same for any number of ranks. Units of p micro-batches, half of them
 * each way by 1F1B, close up as far as they can. For 4 ranks and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F2     3F1 3B1 3F3 3B3 0B0     0B2
 * rank 1:     1F0 2F1 1F2 2F3 2B1 1B0 2B3 1B2
 * rank 2:     1F1 2F0 1F3 2F2 2B0 1B1 2B2 1B3
 * rank 3: 0F1 0F3     3F0 3B0 3F2 3B2 0B1     0B3
 * </pre>
 *
 * Bubble (p-2)F where B = F (for more than 4 ranks an F more between units), (p-2)(m/p+1)F at most where B = 2F; rank r
 * holds p/2+1+min(r, p-1-r) micro-batches. Weights are there twice: before a step the replicas exchange their gradients.
 */
public final class Chimera implements Generator {
    private record Timed(int time, Action action) {}

    @Override
    public String name() {
        return "chimera";
    }

    @Override
    public String description() {
        return "two replicas in opposite directions, even work on uneven stages (Chimera 2021)";
    }

    @Override
    public int replicas() {
        return BothWays.REPLICAS;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        int p = shape.ranks();
        int m = shape.microBatches();
        BothWays.requireEvenRanks(name(), p);
        if (m % p != 0) {
            throw new IllegalArgumentException(name() + ": micro-batches: " + m + " (expected: a multiple of " + p
                    + ", the ranks; half of them go each way); take " + (m + p - m % p));
        }
        List<List<Action>> order =
                IntStream.range(0, p).mapToObj(rank -> row(p, rank, m)).toList();
        return new Schedule(name(), Placement.bothWays(shape), order);
    }

    /**
     * Both directions' cells by the time at which 1F1B has them, if forward and backward take one each and a unit begins
     * when its ranks could be through with the one before; where two meet, the backward comes first.
     */
    private static List<Action> row(int p, int rank, int m) {
        List<Timed> cells = new ArrayList<>();
        for (int i = 0; i < m / 2; i++) {
            int unit = i / (p / 2);
            int inUnit = i % (p / 2);
            cells.addAll(pair(p, rank, inUnit, 2 * i, 2 * p * unit));
            cells.addAll(pair(p, p - 1 - rank, inUnit, 2 * i + 1, 2 * p * unit));
        }
        return cells.stream()
                .sorted(Comparator.comparingInt(Timed::time)
                        .thenComparing(cell -> cell.action().kind() == Kind.F))
                .map(Timed::action)
                .toList();
    }

    private static List<Timed> pair(int p, int stage, int i, int microBatch, int start) {
        int forward = start + (i < p - stage ? stage + i : stage + 2 * i);
        int backward = start + 2 * p - 1 - stage + 2 * i;
        return List.of(
                new Timed(forward, Action.forward(stage, microBatch)),
                new Timed(backward, Action.backward(stage, microBatch)));
    }
}
