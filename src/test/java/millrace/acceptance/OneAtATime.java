package millrace.acceptance;

import java.util.ArrayList;
import java.util.List;
import millrace.schedule.Cell;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.RankOrder;
import millrace.schedule.Schedule;

/** A schedule of a user's own: a micro-batch goes there and back before the next one begins. */
public final class OneAtATime implements Generator {
    @Override
    public String name() {
        return "one-at-a-time";
    }

    @Override
    public String description() {
        return "a micro-batch goes there and back before the next one begins";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < shape.ranks(); rank++) {
            RankOrder row = new RankOrder(shape.microBatches());
            for (int i = 0; i < shape.microBatches(); i++) {
                row.f(rank).b(rank);
            }
            order.add(row.cells());
        }
        return new Schedule(name(), Placement.loop(shape), order);
    }
}
