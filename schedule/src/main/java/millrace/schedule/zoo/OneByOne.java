package millrace.schedule.zoo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import millrace.schedule.Action.Kind;
import millrace.schedule.Cell;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;

/** A warm-up of forwards, then one forward and one backward in turn, then the backwards that are left. */
final class OneByOne {
    private OneByOne() {}

    /**
     * @param warmUp forwards of a rank before its first pair; clamped to the micro-batches there are
     */
    static Schedule schedule(String name, PipelineShape shape, IntUnaryOperator warmUp) {
        int m = shape.microBatches();
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(m);
            for (int i = 0; i < Math.min(m, warmUp.applyAsInt(rank)); i++) {
                row.f(rank);
            }
            while (row.left(rank, Kind.B)) {
                row.f(rank).b(rank);
            }
            order.add(row.cells());
        }
        return new Schedule(name, Placement.loop(shape), order);
    }

    /**
     * The same with the backward split, and a W after each I once so many micro-batches are past it.
     *
     * @param delay I's of a rank before its first W
     */
    static Schedule split(String name, PipelineShape shape, IntUnaryOperator warmUp, IntUnaryOperator delay) {
        int m = shape.microBatches();
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(m);
            for (int i = 0; i < Math.min(m, warmUp.applyAsInt(rank)); i++) {
                row.f(rank);
            }
            for (int i = 0; i < m; i++) {
                row.f(rank).i(rank);
                if (i >= delay.applyAsInt(rank)) {
                    row.w(rank);
                }
            }
            while (row.left(rank, Kind.W)) {
                row.w(rank);
            }
            order.add(row.cells());
        }
        return new Schedule(name, Placement.loop(shape), order);
    }
}
