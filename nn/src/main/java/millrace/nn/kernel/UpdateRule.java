package millrace.nn.kernel;

/**
 * The numbers of one optimizer step, everything that depends on the step folded in. The rules are PyTorch's
 * ({@code torch.optim}, single-tensor form); g is the shaped gradient and w the weight. Factors whose distance from 1
 * is needed are doubles: {@code 1 - 0.999f} is off by 1.3e-5, which the second bias correction would not match.
 */
public sealed interface UpdateRule {
    /**
     * {@code g += decay*w; b = momentum*b + g; w -= rate * (nesterov ? g + momentum*b : b)}; state 1 is b.
     * Without momentum no state is read.
     */
    record Sgd(float rate, float momentum, boolean nesterov, float decay) implements UpdateRule {}

    /**
     * {@code g += decay*w; w *= shrink; m += (1-beta1)*(g-m); v = beta2*v + (1-beta2)*g*g;
     * w -= rate * m / (sqrt(v)/rootBias2 + epsilon)}; state 1 is m, state 2 is v.
     *
     * @param rate learning rate divided by the first bias correction, 1 - beta1^t
     * @param rootBias2 square root of the second bias correction, 1 - beta2^t
     * @param decay Adam's weight decay, 0 for AdamW
     * @param shrink AdamW's decoupled decay, 1 - lr*decay; 1 for Adam
     */
    record Adam(float rate, double beta1, double beta2, float epsilon, float rootBias2, float decay, float shrink)
            implements UpdateRule {}

    /**
     * As {@link Adam}, but {@code w -= (gradientRate*g + meanRate*m) / (sqrt(v)/rootBias2 + epsilon)}: the mean is
     * looked at one step ahead; state 1 is m, state 2 is v.
     *
     * @param gradientRate lr * (1 - mu_t) / (1 - mu_1 ... mu_t), mu being the momentum of a step
     * @param meanRate lr * mu_(t+1) / (1 - mu_1 ... mu_(t+1))
     * @param rootBias2 square root of the second bias correction, 1 - beta2^t
     * @param decay weight decay of the gradient, 0 where it is decoupled
     * @param shrink decoupled decay, 1 - lr*decay; 1 where it is not
     */
    record NAdam(
            float gradientRate,
            float meanRate,
            double beta1,
            double beta2,
            float epsilon,
            float rootBias2,
            float decay,
            float shrink)
            implements UpdateRule {}

    /**
     * {@code g += decay*w; s = alpha*s + (1-alpha)*g*g; u = g / (sqrt(s)+epsilon); b = momentum*b + u; w -= rate*b};
     * state 1 is s, state 2 is b. Without momentum u takes b's place.
     */
    record RmsProp(float rate, double alpha, float epsilon, float decay, float momentum) implements UpdateRule {}

    /**
     * {@code g += decay*w; s += g*g; w -= rate * g / (sqrt(s)+epsilon)}; state 1 is s.
     */
    record Adagrad(float rate, float epsilon, float decay) implements UpdateRule {}

    /** A rule without a memory of its direction cannot say where weights are going. */
    static IllegalStateException noDirection() {
        return new IllegalStateException("prediction (expected: an optimizer that keeps a momentum)");
    }
}
