package millrace.nn.optimizer;

import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.Sgd;

/**
 * Nesterov's accelerated gradient for gradients that are late (Ajanthan et al., ICML 2025, arXiv 2505.01099):
 * {@code w' = w + d - rate * (1 - momentum) * g(w_late + d_late)} with {@code d = momentum * (w - w_before)}. The weights
 * that a stage holds are those looked ahead, {@code w + d}, as in PyTorch's form; so the look-ahead, which makes up for the
 * delay, costs nothing, and the damping of the gradient, without which the method diverges, is one of the rate.
 */
public final class AsyncNesterov {
    // PyTorch's default, and the paper's
    private static final double MOMENTUM_DECAY = 4e-3;

    private AsyncNesterov() {}

    /**
     * The optimizer that steps so: SGD becomes Nesterov's with a damped rate, Adam becomes NAdam, whose means are damped
     * already.
     *
     * @throws IllegalArgumentException when the optimizer has no such form
     */
    public static Optimizer of(Optimizer optimizer) {
        return switch (optimizer) {
            case Sgd sgd
            when sgd.momentum() > 0 && sgd.dampening() == 0 ->
                new Sgd(sgd.rate() * (1 - sgd.momentum()), sgd.momentum(), true, sgd.weightDecay());
            case Adam adam
            when !adam.amsgrad() ->
                new NAdam(
                        adam.rate(),
                        adam.beta1(),
                        adam.beta2(),
                        adam.epsilon(),
                        adam.weightDecay(),
                        MOMENTUM_DECAY,
                        adam.decoupled());
            case NAdam nadam -> nadam;
            default ->
                throw new IllegalArgumentException("optimizer: " + optimizer.name()
                        + " with weights nesterov (expected: sgd with momentum, adam, adamw, nadam or nadamw, without"
                        + " dampening and amsgrad)");
        };
    }
}
