package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Lanes.load;
import static millrace.nn.kernel.vector.Lanes.store;
import static millrace.nn.kernel.vector.VectorUpdates.LANES;
import static millrace.nn.kernel.vector.VectorUpdates.all;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.UpdateRule;

/** {@link DelayKernels} by the Vector API, over memory padded to whole vectors as in {@link VectorUpdates}. */
public final class VectorDelayKernels implements DelayKernels {
    /** Kernels without state. */
    public VectorDelayKernels() {}

    @Override
    public void predict(
            UpdateRule rule,
            MemorySegment weights,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment predicted,
            long elements) {
        switch (rule) {
            case UpdateRule.Sgd sgd -> extrapolate(weights, sgd.rate(), state1, predicted, elements);
            case UpdateRule.Adam adam -> {
                Scale scale = new Scale(adam.rate(), adam.shrink(), adam.rootBias2(), adam.epsilon());
                adaptive(scale, weights, state1, state2, predicted, elements);
            }
            case UpdateRule.NAdam nadam -> {
                Scale scale = new Scale(nadam.meanRate(), nadam.shrink(), nadam.rootBias2(), nadam.epsilon());
                adaptive(scale, weights, state1, state2, predicted, elements);
            }
            case UpdateRule.RmsProp rms -> extrapolate(weights, rms.rate(), state2, predicted, elements);
            case UpdateRule.Adagrad _ -> throw UpdateRule.noDirection();
        }
    }

    /** What {@link UpdateRule.Adam} and its relatives have in common. */
    private record Scale(float rate, float shrink, float rootBias2, float epsilon) {}

    private static void adaptive(
            Scale scale,
            MemorySegment weights,
            MemorySegment means,
            MemorySegment squares,
            MemorySegment predicted,
            long n) {
        float inverseRoot = 1 / scale.rootBias2();
        for (long i = 0; i < n; i += LANES) {
            FloatVector divisor = load(squares, i).sqrt().fma(all(inverseRoot), all(scale.epsilon()));
            FloatVector kept = load(weights, i).mul(scale.shrink());
            store(predicted, i, load(means, i).div(divisor).fma(all(-scale.rate()), kept));
        }
    }

    @Override
    public void extrapolate(
            MemorySegment weights, float steps, MemorySegment drift, MemorySegment extrapolated, long elements) {
        for (long i = 0; i < elements; i += LANES) {
            store(extrapolated, i, load(drift, i).fma(all(-steps), load(weights, i)));
        }
    }

    @Override
    public void drift(MemorySegment drift, float kept, MemorySegment now, MemorySegment before, long elements) {
        for (long i = 0; i < elements; i += LANES) {
            FloatVector change = load(now, i).sub(load(before, i)).mul(1 - kept);
            store(drift, i, load(drift, i).fma(all(kept), change));
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
        for (long i = 0; i < elements; i += LANES) {
            FloatVector g = load(gradients, i);
            FloatVector w = load(weights, i);
            FloatVector moved = w.sub(load(a, i)).mul(shareA);
            moved = w.sub(load(b, i)).fma(all(shareB), moved);
            store(gradients, i, g.mul(g).mul(lambda).fma(moved, g));
        }
    }
}
