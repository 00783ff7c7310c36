package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.plan.ControllableMemory;

/**
 * V-Half (Qi et al., Pipeline Parallelism with Controllable Memory, arXiv 2405.15362): half of 1F1B's activations. Rank r
 * holds stages r and 2p-1-r; in the pattern that every micro-batch follows, the way towards the last rank takes two
 * slots a rank, the way back one. For 3 ranks and 4 micro-batches, the later stage's actions in small letters:
 *
 * <pre>
 * rank 0: F0 F1 F2       f0 i0 w0 f1 i1 w1    I0 W0 F3 f2 i2 w2 I1 W1    f3 i3 I2 w3 W2    I3 W3
 * rank 1:    F0 F1    f0    f1 i0 w0 F2    I0 i1 w1 f2 W0 F3 I1 i2 w2 f3 W1 I2 i3 w3 W2 I3 W3
 * rank 2:       F0 f0 F1 f1       i0 w0 I0 W0 F2 f2 i1 I1 w1 F3 W1 f3 i2 I2 w2 W2 i3 I3 w3 W3
 * </pre>
 *
 * Every rank holds at most (p+2)/2 micro-batches, rounded down. With F, I and W of equal length the bubble is less
 * than half of 1F1B's, and it does not grow with the number of micro-batches where lengths differ a little.
 */
public final class VHalf implements Generator {
    @Override
    public String name() {
        return "v-half";
    }

    @Override
    public String description() {
        return "stages in a V, half of the activations that 1F1B holds (Controllable Memory 2024)";
    }

    @Override
    public int defaultChunks() {
        return 2;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        return ControllableMemory.schedule(name(), shape, VHalf::slots);
    }

    private static int[] slots(int p, int r) {
        int delay = p % 2 == 0 ? 3 : 0;
        return new int[] {2 * r, 3 * p - r - 2, 3 * p + delay + 2 * r - 1, 6 * p + delay - r - 2};
    }
}
