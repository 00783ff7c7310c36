package millrace.schedule.zoo;

import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Schedule;
import millrace.schedule.plan.ControllableMemory;

/**
 * V-Min (Qi et al., Pipeline Parallelism with Controllable Memory, arXiv 2405.15362): a third of 1F1B's activations.
 * Rank r holds stages r and 2p-1-r; in the pattern that every micro-batch follows, each way takes one slot a rank. For
 * 3 ranks and 4 micro-batches, the later stage's actions in small letters:
 *
 * <pre>
 * rank 0: F0 F1 F2       f0 i0 w0 f1       I0 i1 w1 W0 f2 F3 I1 i2 w2 W1 f3 i3 I2 w3 W2    I3 W3
 * rank 1:    F0 F1    f0    f1 i0 w0    I0 F2 W0 i1 f2 w1 I1 F3 W1 i2 f3 w2 I2 i3 w3 W2 I3 W3
 * rank 2:       F0 f0 F1 f1       i0 I0 w0 W0 F2 f2 i1 I1 w1 W1 F3 f3 i2 I2 w2 W2 i3 I3 w3 W3
 * </pre>
 *
 * Every rank holds at most (p+4)/3 micro-batches, rounded down. With F, I and W of equal length the bubble is up to
 * two thirds of 1F1B's. Where F or I takes longer than W it may grow with every micro-batch, unlike V-Half's.
 */
public final class VMin implements Generator {
    @Override
    public String name() {
        return "v-min";
    }

    @Override
    public String description() {
        return "stages in a V, a third of the activations that 1F1B holds (Controllable Memory 2024)";
    }

    @Override
    public int defaultChunks() {
        return 2;
    }

    @Override
    public Schedule generate(PipelineShape shape, Costs costs) {
        return ControllableMemory.schedule(name(), shape, VMin::slots);
    }

    private static int[] slots(int p, int r) {
        int delay = p % 3 == 0 ? 2 : 0;
        return new int[] {r, 2 * p - r - 1, 2 * p + delay + r, 4 * p + delay - r - 1};
    }
}
