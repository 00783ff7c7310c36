package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The arithmetic of predictions and corrections for gradients that are late, on memory as {@link Kernels#update} takes
 * it. Which implementation a training uses is part of its {@code Backend}.
 */
public interface DelayKernels {
    /**
     * {@code predicted = w - rate * direction}, the direction being that of the rule's last step: SGD's momentum buffer,
     * Adam's corrected mean over the root of its corrected square (NAdam's without the gradient to come), with decoupled
     * decay where the rule has it.
     *
     * @param rule of the step made last, its rate summed over the steps ahead
     */
    void predict(
            UpdateRule rule,
            MemorySegment weights,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment predicted,
            long elements);

    /** {@code extrapolated = w - steps * drift}. */
    void extrapolate(
            MemorySegment weights, float steps, MemorySegment drift, MemorySegment extrapolated, long elements);

    /** {@code drift = kept * drift + (1 - kept) * (now - before)}: the moving average of what a step changes. */
    void drift(MemorySegment drift, float kept, MemorySegment now, MemorySegment before, long elements);

    /**
     * {@code g += lambda * g * g * (shareA * (w - a) + shareB * (w - b))}: what a gradient that
     * was made with older weights would be now, the Hessian taken to be {@code lambda * g * g}.
     *
     * @param a weights that a share of the gradient was made with
     * @param b weights that another share was made with
     */
    void compensate(
            MemorySegment gradients,
            float lambda,
            MemorySegment weights,
            MemorySegment a,
            float shareA,
            MemorySegment b,
            float shareB,
            long elements);
}
