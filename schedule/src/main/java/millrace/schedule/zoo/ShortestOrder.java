package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.plan.OptimalOrder;
import millrace.schedule.plan.OptimalOrder.Objective;

/**
 * The shortest order of one stage a rank that a search finds within a number of steps, with room for p micro-batches: planned from
 * what actions and messages cost. Of a few ranks and micro-batches it is the shortest that there is; of many it is the shorter of
 * {@link Repetend} and {@link ZeroBubbleOnePlanned}, or what the search has made of it. For 3 ranks and 3 micro-batches, F, I and W of equal length:
 *
 * <pre>
 * rank 0: F0 F1 F2       I0 W0 I1 W1 I2 W2
 * rank 1:    F0 F1    I0 F2 I1 W0 I2 W1 W2
 * rank 2:       F0 I0 F1 I1 F2 I2 W0 W1 W2
 * </pre>
 */
public final class ShortestOrder implements Generator {
    private static final long STEPS = 20_000;

    @Override
    public String name() {
        return "shortest";
    }

    @Override
    public String description() {
        return "backwards split, the shortest order that a short search finds within memory for p micro-batches";
    }

    @Override
    public boolean isPlanned() {
        return true;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        int held = Math.min(shape.ranks(), costs.mostHeld());
        Schedule found = OptimalOrder.search(shape, costs, held, Objective.MAKESPAN, STEPS)
                .schedule();
        return new Schedule(name(), found.placement(), found.order());
    }
}
