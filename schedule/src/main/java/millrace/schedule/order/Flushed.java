package millrace.schedule.order;

import millrace.schedule.AscendingGradients;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;

/**
 * A schedule that is worked off once a batch: when all its actions are done, every stage steps its optimizer, and the next
 * batch begins.
 *
 * @param schedule of one batch, in the form in which it is executed ({@link AscendingGradients}), whichever form was given
 */
public record Flushed(Schedule schedule) implements Order {
    public Flushed {
        schedule = AscendingGradients.of(schedule);
    }

    @Override
    public String name() {
        return schedule.name();
    }

    @Override
    public Placement placement() {
        return schedule.placement();
    }

    @Override
    public long optimizerSteps(long batches) {
        return batches;
    }
}
