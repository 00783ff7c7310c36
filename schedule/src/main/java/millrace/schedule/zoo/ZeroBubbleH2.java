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
 * rank 0: 0F0 0F1 0F2 0F3 0F4 0I0 0W0 0F5 0I1 0W1 0I2 0W2 0I3 0W3 0I4 0W4 0I5 0W5
 * rank 1:     1F0 1F1 1F2 1I0 1F3 1I1 1F4 1I2 1W0 1F5 1I3 1W1 1I4 1W2 1I5 1W3 1W4 1W5
 * rank 2:         2F0 2I0 2F1 2I1 2F2 2I2 2F3 2I3 2F4 2I4 2W0 2F5 2I5 2W1 2W2 2W3 2W4 2W5
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
