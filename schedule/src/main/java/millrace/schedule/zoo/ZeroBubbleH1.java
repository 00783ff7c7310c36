package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;

/**
 * Zero bubble with the memory of 1F1B (Qi et al., Zero Bubble Pipeline Parallelism, ICLR 2024, ZB-H1): the backward is
 * split, and backward-weight fills what would be idle at the end. For 3 ranks and 6 micro-batches:
 *
 * <pre>
 * rank 0: F0 F1 F2       I0 W0 F3 I1 W1 F4 I2 W2 F5 I3 W3    I4 W4    I5 W5
 * rank 1:    F0 F1    I0 F2 I1 W0 F3 I2 W1 F4 I3 W2 F5 I4 W3    I5 W4 W5
 * rank 2:       F0 I0 F1 I1 F2 I2 W0 F3 I3 W1 F4 I4 W2 F5 I5 W3 W4 W5
 * </pre>
 *
 * Bubble (p-1)(F+I-W); every rank holds p micro-batches at most, counted until their W.
 */
public final class ZeroBubbleH1 implements Generator {
    @Override
    public String name() {
        return "zb-h1";
    }

    @Override
    public String description() {
        return "split backward, a third of 1f1b's bubble at its memory (Zero Bubble 2024)";
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        shape.requireChunks(name(), 1);
        return OneByOne.split(name(), shape, rank -> shape.ranks() - 1 - rank, rank -> rank);
    }
}
