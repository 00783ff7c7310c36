package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;

/**
 * The interleaved loop with a split backward (torch.distributed.pipelining, ScheduleInterleavedZeroBubble): a warm-up of
 * (p-1-r) + (v-1)g chunk forwards, then F and I in turn, and from the r-th I on the oldest W after each. For 2 ranks
 * with 2 chunks and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1 2F0 2F1     2I0 2W0 0F2 2I1 2W1 0F3 0I0 0W0 2F2 0I1 0W1 2F3 2I2 2W2 2I3 2W3 0I2 0W2 0I3 0W3
 * rank 1:     1F0 1F1 3F0 3I0 3F1 3I1 3W0 1F2 1I0 3W1 1F3 1I1 1W0 3F2 3I2 1W1 3F3 3I3 3W2 1I2 3W3 1I3 1W2 1W3
 * </pre>
 *
 * Bubble (p-1)(F+I-W)/v; every rank holds p micro-batches at most. The micro-batches must fall into equal groups of at
 * least p, as in torch.
 */
public final class InterleavedZeroBubble implements Generator {
    @Override
    public String name() {
        return "interleaved-zb";
    }

    @Override
    public String description() {
        return "interleaved loop with a split backward (torch 2024)";
    }

    @Override
    public int defaultChunks() {
        return 2;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        ChunkTable table = new ChunkTable(name(), shape);
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(shape.microBatches());
            int warmUp = Math.min(table.size(), shape.ranks() - 1 - rank + (shape.chunks() - 1) * table.group());
            for (int k = 0; k < warmUp; k++) {
                row.add(table.forward(rank, k));
            }
            int weights = 0;
            for (int k = 0; k < table.size(); k++) {
                if (warmUp + k < table.size()) {
                    row.add(table.forward(rank, warmUp + k));
                }
                row.add(table.backward(rank, Kind.I, k));
                if (k >= rank) {
                    row.add(table.backward(rank, Kind.W, weights));
                    weights++;
                }
            }
            for (; weights < table.size(); weights++) {
                row.add(table.backward(rank, Kind.W, weights));
            }
            order.add(row.cells());
        }
        return new Schedule(name(), Placement.loop(shape), order);
    }
}
