package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;

/**
 * Zero bubble at twice the memory (Qi et al., Zero Bubble Pipeline Parallelism, ICLR 2024, ZB-H2): a longer warm-up
 * fills the start too. For 3 ranks and 6 micro-batches:
 *
 * <pre>
 * rank 0: F0 F1 F2 F3 F4 I0 W0 F5 I1 W1 I2 W2 I3 W3 I4 W4 I5 W5
 * rank 1:    F0 F1 F2 I0 F3 I1 F4 I2 W0 F5 I3 W1 I4 W2 I5 W3 W4 W5
 * rank 2:       F0 I0 F1 I1 F2 I2 F3 I3 F4 I4 W0 F5 I5 W1 W2 W3 W4 W5
 * </pre>
 *
 * No rank is idle between its first and its last action at F=I=W, so the bubble is 0 by the paper's measure, which
 * leaves the staggered start out; that helps only where ranks may step their optimizers one after the other. Every rank
 * holds 2p-1 micro-batches at most.
 */
public final class ZeroBubbleH2 implements Generator {
    @Override
    public String name() {
        return "zb-h2";
    }

    @Override
    public String description() {
        return "split backward, no bubble within a rank's span, twice the memory (Zero Bubble 2024)";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        return OneByOne.split(name(), shape, rank -> 2 * (shape.ranks() - 1 - rank), rank -> 2 * rank);
    }
}
