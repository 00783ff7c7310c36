package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.plan.ZeroBubblePlanner;

/**
 * ZB-2p (Qi et al., Zero Bubble Pipeline Parallelism, ICLR 2024): planned from what actions and messages cost, with
 * memory for 2p micro-batches. For 3 ranks and 6 micro-batches, F, I and W of equal length:
 *
 * <pre>
 * rank 0: F0 F1 F2 F3 F4 I0 F5 W0 I1 W1 I2 W2 I3 W3 I4 W4 I5 W5
 * rank 1:    F0 F1 F2 I0 F3 I1 F4 I2 F5 I3 W0 I4 W1 I5 W2 W3 W4 W5
 * rank 2:       F0 I0 F1 I1 F2 I2 F3 I3 F4 I4 F5 I5 W0 W1 W2 W3 W4 W5
 * </pre>
 *
 * No rank waits between its first and its last action, but they start and end staggered: what a batch saves is lost
 * again where the optimizer's step waits for all ranks. Up to p micro-batches no plan is free of bubbles.
 */
public final class ZeroBubbleTwoPlanned implements Generator {
    @Override
    public String name() {
        return "zb-2p";
    }

    @Override
    public String description() {
        return "backwards split, planned from costs within memory for 2p micro-batches (Zero Bubble 2024)";
    }

    @Override
    public boolean isPlanned() {
        return true;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        return ZeroBubblePlanner.plan(name(), shape, costs, Math.min(2 * shape.ranks(), costs.mostHeld()));
    }
}
