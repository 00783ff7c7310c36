package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.UpdateRule;

/** {@link DelayKernels} as the formulas say. */
public final class ScalarDelayKernels implements DelayKernels {
    /** The reference; it has no state. */
    public ScalarDelayKernels() {}

    @Override
    public void predict(
            UpdateRule rule,
            MemorySegment weights,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment predicted,
            long elements) {
        for (long i = 0; i < elements; i++) {
            set(predicted, i, predicted(rule, get(weights, i), state1, state2, i));
        }
    }

    private static float predicted(UpdateRule rule, float w, MemorySegment state1, MemorySegment state2, long i) {
        return switch (rule) {
            case UpdateRule.Sgd sgd -> w - sgd.rate() * get(state1, i);
            case UpdateRule.Adam adam ->
                w * adam.shrink() - adam.rate() * get(state1, i) / divisor(state2, i, adam.rootBias2(), adam.epsilon());
            case UpdateRule.NAdam nadam ->
                w * nadam.shrink()
                        - nadam.meanRate() * get(state1, i) / divisor(state2, i, nadam.rootBias2(), nadam.epsilon());
            case UpdateRule.RmsProp rms -> w - rms.rate() * get(state2, i);
            case UpdateRule.Adagrad _ -> throw UpdateRule.noDirection();
        };
    }

    private static float divisor(MemorySegment squares, long i, float rootBias2, float epsilon) {
        return (float) Math.sqrt(get(squares, i)) / rootBias2 + epsilon;
    }

    @Override
    public void extrapolate(
            MemorySegment weights, float steps, MemorySegment drift, MemorySegment extrapolated, long elements) {
        for (long i = 0; i < elements; i++) {
            set(extrapolated, i, get(weights, i) - steps * get(drift, i));
        }
    }

    @Override
    public void drift(MemorySegment drift, float kept, MemorySegment now, MemorySegment before, long elements) {
        for (long i = 0; i < elements; i++) {
            set(drift, i, kept * get(drift, i) + (1 - kept) * (get(now, i) - get(before, i)));
        }
    }

    @Override
    public void compensate(
            MemorySegment gradients,
            float lambda,
            MemorySegment weights,
            MemorySegment a,
            float shareA,
            MemorySegment b,
            float shareB,
            long elements) {
        for (long i = 0; i < elements; i++) {
            float g = get(gradients, i);
            float w = get(weights, i);
            float moved = shareA * (w - get(a, i)) + shareB * (w - get(b, i));
            set(gradients, i, g + lambda * g * g * moved);
        }
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment memory, long index, float value) {
        memory.setAtIndex(JAVA_FLOAT, index, value);
    }
}
