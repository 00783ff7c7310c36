package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;

/**
 * Fill and drain (Huang et al., GPipe, NeurIPS 2019): all forwards, then all backwards in ascending order, which is
 * torch's order too. For 3 ranks and 4 micro-batches, one column a unit of time, a backward taking two:
 *
 * <pre>
 * rank 0: F0 F1 F2 F3                   B0 B0 B1 B1 B2 B2 B3 B3
 * rank 1:    F0 F1 F2 F3          B0 B0 B1 B1 B2 B2 B3 B3
 * rank 2:       F0 F1 F2 F3 B0 B0 B1 B1 B2 B2 B3 B3
 * </pre>
 *
 * Bubble (p-1)/(m+p-1); every rank holds all m micro-batches.
 */
public final class GPipe implements Generator {
    @Override
    public String name() {
        return "gpipe";
    }

    @Override
    public String description() {
        return "all forwards, then all backwards (GPipe 2019)";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        int m = shape.microBatches();
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(m);
            for (int i = 0; i < m; i++) {
                row.f(rank);
            }
            for (int i = 0; i < m; i++) {
                row.b(rank);
            }
            order.add(row.cells());
        }
        return new Schedule(name(), Placement.loop(shape), order);
    }
}
