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
 * Zero bubble in a V (Qi et al., Pipeline Parallelism with Controllable Memory, NeurIPS 2024; torch's
 * ScheduleZBVZeroBubble): rank r holds stages r and 2p-1-r, so that the loss is on rank 0 and the backward begins there
 * at once. For 2 ranks and 4 micro-batches:
 *
 * <pre>
 * rank 0: 0F0 0F1 0F2 3F0 3I0 3W0 3F1 3I1 3W1 0F3 0I0 0W0 3F2 3I2 3W2 0I1 0W1 3F3 3I3 3W3 0I2 0W2 0I3 0W3
 * rank 1:     1F0 2F0 1F1 2F1 2I0 2W0 1F2 1I0 1W0 2F2 2I1 2W1 1F3 1I1 1W1 2F3 2I2 2W2 1I2 2I3 1I3 1W2 2W3 1W3
 * </pre>
 *
 * No bubble within a rank's span at F=I=W, at the memory of 1F1B: p micro-batches on every rank. Built for at least 2p-1
 * micro-batches; with fewer, the superfluous actions are left out.
 */
public final class ZeroBubbleV implements Generator {
    @Override
    public String name() {
        return "zb-v";
    }

    @Override
    public String description() {
        return "split backward in a V, no bubble within a rank's span at 1f1b's memory (ZB-V 2024)";
    }

    @Override
    public int defaultChunks() {
        return 2;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 2);
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            order.add(row(shape, rank));
        }
        return new Schedule(name(), Placement.vee(shape), order);
    }

    private static List<Cell> row(PipelineShape shape, int rank) {
        int p = shape.ranks();
        int a = rank;
        int b = 2 * p - 1 - rank;
        int n = Math.max(2 * p - 1, shape.microBatches());
        RankOrder row = new RankOrder(shape.microBatches());
        for (int k = 0; k < 2 * (p - rank) - 1; k++) {
            row.f(a);
        }
        for (int k = 0; k < rank; k++) {
            row.f(b).f(a);
        }
        for (int k = 0; k < p - rank; k++) {
            row.f(b).i(b).w(b);
        }
        while (row.done(b, Kind.F) < row.done(a, Kind.F) || row.done(a, Kind.F) < n) {
            if (row.done(a, Kind.F) < n) {
                row.f(a);
            }
            row.i(a).w(a).f(b).i(b).w(b);
        }
        for (int k = 0; k < rank; k++) {
            row.i(a).i(b);
        }
        for (int k = 0; k < p - rank; k++) {
            row.i(a).w(a);
        }
        while (row.done(b, Kind.W) < n) {
            row.w(b);
        }
        while (row.done(a, Kind.W) < n) {
            row.w(a);
        }
        return row.cells();
    }
}
