package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Action;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;

/**
 * Breadth first over a loop (Lamy-Poirier, Breadth-First Pipeline Parallelism, MLSys 2023): all micro-batches through
 * one chunk before the next, and back, where torch takes them in descending order and so do we. For 2 ranks with 2
 * chunks and 2 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1 2F0 2F1         2B1 2B0 0B1 0B0
 * rank 1:     1F0 1F1 3F0 3F1 3B1 3B0 1B1 1B0
 * </pre>
 *
 * Bubble (p-1)(F+B)/v for m of p and more; every rank holds all m micro-batches. When it is executed, gradients are
 * still added up in ascending order ({@link millrace.schedule.AscendingGradients}).
 */
public final class LoopedBreadthFirst implements Generator {
    @Override
    public String name() {
        return "looped-bfs";
    }

    @Override
    public String description() {
        return "all micro-batches through a chunk before the next one (Breadth-First 2023)";
    }

    @Override
    public int defaultChunks() {
        return 2;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        int m = shape.microBatches();
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(m);
            for (int chunk = 0; chunk < shape.chunks(); chunk++) {
                for (int i = 0; i < m; i++) {
                    row.add(Action.forward(chunk * shape.ranks() + rank, i));
                }
            }
            for (int chunk = shape.chunks() - 1; chunk >= 0; chunk--) {
                for (int i = m - 1; i >= 0; i--) {
                    row.add(Action.backward(chunk * shape.ranks() + rank, i));
                }
            }
            order.add(row.cells());
        }
        return new Schedule(name(), Placement.loop(shape), order);
    }
}
