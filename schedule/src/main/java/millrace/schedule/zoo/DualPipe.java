package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Fused;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * Two replicas of the line in opposite directions, in which a forward of one and a backward of the other share a slot, so that
 * the messages of one hide behind the arithmetic of the other (DeepSeek-AI, DeepSeek-V3 Technical Report, 2024, arXiv
 * 2412.19437; orders as in its repository DualPipe). As in {@link Chimera} even micro-batches go down and odd ones up. Ranks r
 * and p-1-r do the same with other micro-batches, what rank min(r, p-1-r) of a V of p/2 ranks does ({@link DualPipeV}). For 2
 * ranks and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 1F1 0F2 1B1 (1F3;0B0) 1B3 0I2 0W2
 * rank 1: 0F1 1F0 0F3 1B0 (1F2;0B1) 1B2 0I3 0W3
 * </pre>
 *
 * Bubble {@code (p/2-1)(F&B + B - 3W)} where F = I = W and F&amp;B, the time of a fused pair, is F + B. Every rank holds p+1 micro-batches of a stage. Weights are there twice: before a step the replicas exchange their
 * gradients. Needs an even number of ranks, and an even number of micro-batches, 2p or more.
 */
public final class DualPipe implements Generator {
    @Override
    public String name() {
        return "dualpipe";
    }

    @Override
    public String description() {
        return "two replicas in opposite directions, forward of one and backward of the other in one slot (DeepSeek-V3 2024)";
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
        if (m % 2 != 0 || m < 2 * p) {
            throw new IllegalArgumentException(name() + ": micro-batches: " + m + " with " + p
                    + " ranks (expected: an even number, at least " + 2 * p + ", two a rank); take "
                    + Math.max(2 * p, m + 1));
        }
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < p; rank++) {
            order.add(row(p, rank, m));
        }
        return new Schedule(name(), Placement.bothWays(shape), order);
    }

    private static List<Cell> row(int p, int rank, int m) {
        int near = Math.min(rank, p - 1 - rank);
        // the stage that is near to where its line begins; of the first half of the ranks that line is the one that
        // goes down
        int odd = rank < p / 2 ? p - 1 - near : near;
        return DualPipeRow.of(p / 2, near, m / 2, near, p - 1 - near).stream()
                .map(cell -> renumbered(cell, odd))
                .toList();
    }

    private static Cell renumbered(Cell cell, int odd) {
        return switch (cell) {
            case Action action -> renumbered(action, odd);
            case Fused(Action first, Action second) -> new Fused(renumbered(first, odd), renumbered(second, odd));
        };
    }

    /** The micro-batch of a line by its number among all. */
    private static Action renumbered(Action action, int odd) {
        int microBatch = 2 * action.microBatch() + (action.stage() == odd ? 1 : 0);
        return new Action(action.stage(), action.kind(), microBatch);
    }
}
