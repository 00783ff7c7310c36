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
 * 1F1B with v chunks a rank in a loop (Narayanan et al., Efficient Large-Scale Language Model Training on GPU Clusters,
 * SC 2021). Rank r warms up with 2(p-1-r) + (v-1)g chunk forwards, g micro-batches being a group. For 2 ranks with 2
 * chunks (rank 0 holds stages 0 and 2) and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1 2F0 2F1 0F2 2B0 0F3 2B1 2F2 0B0 2F3 0B1     2B2     2B3 0B2 0B3
 * rank 1:     1F0 1F1 3F0 3B0 3F1 3B1 1F2 1B0 1F3 1B1 3F2 3B2 3F3 3B3 1B2 1B3
 * </pre>
 *
 * Bubble (p-1)(F+B)/v; rank r holds min(mv, (v-1)p + 2(p-1-r) + 1)/v micro-batches. The micro-batches must fall into
 * equal groups of at least p, as in torch.
 */
public final class InterleavedOneForwardOneBackward implements Generator {
    @Override
    public String name() {
        return "interleaved-1f1b";
    }

    @Override
    public String description() {
        return "1f1b over several chunks a rank in a loop (Megatron-LM 2021)";
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
            int warmUp = Math.min(table.size(), 2 * (shape.ranks() - 1 - rank) + (shape.chunks() - 1) * table.group());
            for (int k = 0; k < warmUp; k++) {
                row.add(table.forward(rank, k));
            }
            for (int k = 0; k < table.size(); k++) {
                if (warmUp + k < table.size()) {
                    row.add(table.forward(rank, warmUp + k));
                }
                row.add(table.backward(rank, Kind.B, k));
            }
            order.add(row.cells());
        }
        return new Schedule(name(), Placement.loop(shape), order);
    }
}
