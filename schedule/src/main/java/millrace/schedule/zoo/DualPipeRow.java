package millrace.schedule.zoo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import millrace.schedule.Cell;
import millrace.schedule.RankOrder;

/**
 * What a rank of DualPipe does with its two stages (DeepSeek-AI, DualPipe, 2025): forwards of the one while nothing comes
 * back, then pairs of a forward of one and a backward of the other in one slot, then what is left, backwards split so that W's
 * fill the waits. In {@link DualPipeV} both are chunks of one line, in {@link DualPipe} stages of two lines.
 */
final class DualPipeRow {
    private DualPipeRow() {}

    /**
     * The order of one rank of a V.
     *
     * @param p ranks of the V
     * @param rank in the V
     * @param microBatches that go through each of the rank's two stages
     * @param a the stage on the way there
     * @param b the stage on the way back
     */
    static List<Cell> of(int p, int rank, int microBatches, int a, int b) {
        int after = p - rank - 1;
        RankOrder row = new RankOrder(microBatches);
        for (int k = 0; k < 2 * after; k++) {
            row.f(a);
        }
        for (int k = 0; k < rank + 1; k++) {
            row.f(a).f(b);
        }
        for (int k = 0; k < after; k++) {
            row.i(b).w(b).f(b);
        }
        for (int k = 0; k < microBatches - 2 * p + rank + 1; k++) {
            if (k == 0 && after == 0) {
                row.f(a).b(b);
            } else {
                row.fused(a, b);
            }
            row.fused(b, a);
        }
        for (int k = 0; k < after; k++) {
            row.b(b).fused(b, a);
        }
        finish(row, a, b, rank, after);
        return row.cells();
    }

    /** The last backwards: full ones for the first half, then split ones whose W's wait for the idle slots. */
    private static void finish(RankOrder row, int a, int b, int rank, int after) {
        Deque<Integer> weights = new ArrayDeque<>();
        int half = (rank + 1) / 2;
        for (int k = 0; k < rank + 1; k++) {
            boolean splitB = k > half || (k == half && rank % 2 == 1);
            boolean splitA = k >= half;
            backward(row, b, splitB, weights);
            backward(row, a, splitA, weights);
        }
        for (int k = 0; k < after; k++) {
            row.w(weights.remove());
            backward(row, a, true, weights);
        }
        while (!weights.isEmpty()) {
            row.w(weights.remove());
        }
    }

    private static void backward(RankOrder row, int stage, boolean split, Deque<Integer> weights) {
        if (split) {
            row.i(stage);
            weights.add(stage);
        } else {
            row.b(stage);
        }
    }
}
