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
 * rank 0: 0F0 0F1 0F2         0I0 0W0 0F3 0I1 0W1 0F4 0I2 0W2 0F5 0I3 0W3 0I4 0W4 0I5 0W5
 * rank 1:     1F0 1F1     1I0 1F2 1I1 1W0 1F3 1I2 1W1 1F4 1I3 1W2 1F5 1I4 1W3 1I5 1W4 1W5
 * rank 2:         2F0 2I0 2F1 2I1 2F2 2I2 2W0 2F3 2I3 2W1 2F4 2I4 2W2 2F5 2I5 2W3 2W4 2W5
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
