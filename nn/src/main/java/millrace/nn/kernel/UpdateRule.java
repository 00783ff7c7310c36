package millrace.nn.kernel;

/**
 * The numbers of one optimizer step, everything that depends on the step folded in. The rules are PyTorch's
 * ({@code torch.optim}, single-tensor form); g is the shaped gradient and w the weight. Factors whose distance from 1
 * is needed are doubles: {@code 1 - 0.999f} is off by 1.3e-5, which the second bias correction would not match.
 */
public sealed interface UpdateRule {
    /**
     * {@code g += decay*w; b = momentum*b + gain*g; w -= rate * (nesterov ? g + momentum*b : b)}; state 1 is b.
     * Without momentum no state is read.
     *
     * @param gain share of the gradient that the momentum takes in, 1 without dampening
     */
    record Sgd(float rate, float momentum, boolean nesterov, float decay, float gain) implements UpdateRule {
        /** Without dampening. */
        public Sgd(float rate, float momentum, boolean nesterov, float decay) {
            this(rate, momentum, nesterov, decay, 1);
        }
    }

    /**
     * {@code g += decay*w; w *= shrink; m += (1-beta1)*(g-m); v = beta2*v + (1-beta2)*g*g;
     * w -= rate * m / (sqrt(v)/rootBias2 + epsilon)}; state 1 is m, state 2 is v.
     *
     * @param rate learning rate divided by the first bias correction, 1 - beta1^t
     * @param rootBias2 square root of the second bias correction, 1 - beta2^t
     * @param decay Adam's weight decay, 0 for AdamW
     * @param shrink AdamW's decoupled decay, 1 - lr*decay; 1 for Adam
     * @param amsgrad whether the largest v so far takes v's place in the last line; it is state 3
     */
    record Adam(
            float rate,
            double beta1,
            double beta2,
            float epsilon,
            float rootBias2,
            float decay,
            float shrink,
            boolean amsgrad)
            implements UpdateRule {
        /** Without amsgrad. */
        public Adam(float rate, double beta1, double beta2, float epsilon, float rootBias2, float decay, float shrink) {
            this(rate, beta1, beta2, epsilon, rootBias2, decay, shrink, false);
        }
    }

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
     *
     * @param centred whether {@code a = alpha*a + (1-alpha)*g} and s - a*a takes s's place under the root; a is the state after
     *     the last of the others
     */
    record RmsProp(float rate, double alpha, float epsilon, float decay, float momentum, boolean centred)
            implements UpdateRule {
        /** Not centred. */
        public RmsProp(float rate, double alpha, float epsilon, float decay, float momentum) {
            this(rate, alpha, epsilon, decay, momentum, false);
        }
    }

    /**
     * {@code g += decay*w; s += g*g; w -= rate * g / (sqrt(s)+epsilon)}; state 1 is s.
     */
    record Adagrad(float rate, float epsilon, float decay) implements UpdateRule {}

    /** A rule without a memory of its direction cannot say where weights are going. */
    static IllegalStateException noDirection() {
        return new IllegalStateException("prediction (expected: an optimizer that keeps a momentum)");
    }
}
