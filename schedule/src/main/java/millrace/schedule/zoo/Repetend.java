package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.plan.SteadyCycle;

/**
 * The shortest steady cycle, repeated (after Lin et al., Tessel, HPCA 2024): planned from what actions and messages cost, with room
 * for p micro-batches a rank. For a long batch nothing of one stage a rank takes less time in each cycle of one micro-batch; its
 * beginning and its end are not planned for. For 3 ranks and 6 micro-batches, F, I and W of equal length:
 *
 * <pre>
 * rank 0: F0 F1 F2       I0 W0 F3 I1 W1 F4 I2 W2 F5 I3 W3 I4 W4 I5 W5
 * rank 1:    F0 F1    I0 F2 I1 W0 F3 I2 W1 F4 I3 W2 F5 I4 W3 I5 W4 W5
 * rank 2:       F0 I0 F1 I1 F2 I2 W0 F3 I3 W1 F4 I4 W2 F5 I5 W3 W4 W5
 * </pre>
 */
public final class Repetend implements Generator {
    @Override
    public String name() {
        return "repetend";
    }

    @Override
    public String description() {
        return "backwards split, the shortest steady cycle that memory for p micro-batches allows, planned from costs";
    }

    @Override
    public boolean isPlanned() {
        return true;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        return SteadyCycle.of(name(), shape, costs, Math.min(shape.ranks(), costs.mostHeld()))
                .schedule();
    }
}
