package millrace.schedule.plan;

import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * Schedules in a V from a building block that is repeated for every micro-batch (Qi et al., Pipeline Parallelism with
 * Controllable Memory, arXiv 2405.15362). How long the block lets a rank hold a micro-batch decides its memory; the
 * repetition has a bubble-free middle, but a start and an end full of holes. So they are rearranged:
 *
 * <ol>
 *   <li>Each W goes into the first free slot. What lies before rank 0's first I of stage 0 or after its last F is
 *       pulled forward into free slots, by time, where inputs and the memory held so far allow it.
 *   <li>Slots are closed up, W's taken out, the end pulled forward once more as if W's filled each free slot, and
 *       slots closed up again.
 *   <li>W's go into the free slots for good, those of the later stage first.
 * </ol>
 *
 * All this counts every action as one unit of time, so the order is the same for all costs.
 */
public final class ControllableMemory {
    private enum Phase {
        WARM_UP,
        STEADY,
        COOL_DOWN
    }

    private ControllableMemory() {}

    /**
     * The order for a building block.
     *
     * @throws IllegalArgumentException when a rank does not hold two stages
     */
    public static Schedule schedule(String name, PipelineShape shape, BuildingBlock block) {
        shape.requireChunks(name, 2);
        int m = shape.microBatches();
        UnitTable table = UnitTable.repeated(shape.ranks(), m, block).withWeights();
        pullEnds(table, m, true);
        table = table.squeezed().withoutWeights();
        pullEnds(table, m, false);
        table = table.withWeights().squeezed().withoutWeights();
        return new Schedule(name, Placement.vee(shape), table.order());
    }

    private static void pullEnds(UnitTable table, int microBatches, boolean warmUpToo) {
        int limit = table.peak();
        Phase phase = Phase.WARM_UP;
        for (UnitTable.Entry entry : table.entries()) {
            if (phase == Phase.WARM_UP && entry.rank() == 0 && entry.lane() == UnitRow.INPUT_THERE) {
                phase = Phase.STEADY;
            }
            switch (phase) {
                case WARM_UP -> {
                    if (warmUpToo) {
                        table.pull(entry, limit);
                    }
                }
                case STEADY -> {
                    if (entry.lane() == UnitRow.FORWARD_THERE && entry.index() == microBatches - 1) {
                        phase = Phase.COOL_DOWN;
                    }
                }
                case COOL_DOWN -> table.pull(entry, limit);
            }
        }
    }
}
