package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * DualPipe cut in half (DeepSeek-AI, DualPipe, 2025; torch's ScheduleDualPipeV): a V in which a forward of one chunk and
 * a backward of the other share a slot, so that the messages of one hide behind the arithmetic of the other. For 2 ranks
 * and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1 0F2 3F0 3I0 3W0 3F1 (0F3;3B1) (3F2;0B0) 3B2       (3F3;0B1) 3B3 0I2 0W2 0I3 0W3
 * rank 1:     1F0 2F0 1F1 2F1 1F2 2B0 (2F2;1B0) (1F3;2B1) (2F3;1B1) 2B2       1B2 2I3 1I3 2W3 1W3
 * </pre>
 *
 * Bubble {@code (p-1)(F&B + B - 3W)} of a chunk at F=I, where F&amp;B is the time of a fused pair; every rank holds p + 1/2 micro-batches at most. Needs 2p micro-batches.
 */
public final class DualPipeV implements Generator {
    @Override
    public String name() {
        return "dualpipe-v";
    }

    @Override
    public String description() {
        return "a V with forward and backward of its two chunks in one slot (DualPipeV 2025)";
    }

    @Override
    public int defaultChunks() {
        return 2;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 2);
        if (shape.microBatches() < 2 * shape.ranks()) {
            throw new IllegalArgumentException(name() + ": micro-batches: " + shape.microBatches() + " with "
                    + shape.ranks() + " ranks (expected: at least " + 2 * shape.ranks() + ", two a rank)");
        }
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            int last = 2 * shape.ranks() - 1;
            order.add(DualPipeRow.of(shape.ranks(), rank, shape.microBatches(), rank, last - rank));
        }
        return new Schedule(name(), Placement.vee(shape), order);
    }
}
