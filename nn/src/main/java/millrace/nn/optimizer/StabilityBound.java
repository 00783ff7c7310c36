package millrace.nn.optimizer;

/**
 * How large a learning rate may be when gradients come late: the largest product a of learning rate and curvature at
 * which SGD with momentum beta, in PyTorch's form, and gradients that are always tau steps old converges on a quadratic.
 *
 * <p>On {@code curvature/2 w^2} the iteration is linear, and its modes z^t are the roots of
 *
 * <pre>
 *   (z - 1) (z - beta) z^tau + a z = 0                          v = beta v + g, w -= rate v
 *   (z - 1) (z - beta) z^tau + a ((1 + beta) z - beta) = 0      the same with Nesterov's w -= rate (g + beta v)
 * </pre>
 *
 * <p>For small a all roots lie inside the unit circle; the bound is the a at which the first reaches it, at some
 * {@code z = e^(i theta)}. With {@code p = nesterov ? beta : 0} both lines say
 * {@code a = -(z - 1) (z - beta) z^tau / ((1 + p) z - p)}, which has to be real and positive: its magnitude is
 * {@code 2 sin(theta/2) |z - beta| / |(1 + p) z - p|}, and its phase is zero where
 * {@code arg(z - beta) - arg((1 + p) z - p) + (tau + 1/2) theta = pi/2}. The magnitude grows with theta, and the left
 * side passes pi/2 once on (0, pi]: it grows too, but for Nesterov's form with tau = 0, where it stays below pi/2 up to
 * theta = pi (a pair of roots on the circle would need a product of 1, and it is {@code beta (1 - a)}). So bisection
 * finds the bound.
 *
 * <p>Without momentum this is {@code 2 sin(pi / (4 tau + 2))} (Yang et al., PipeMare, arXiv 1910.05124); without delay
 * {@code 2 (1 + beta)}, with Nesterov {@code 2 (1 + beta) / (1 + 2 beta)}. With delay the bound falls about as 1/tau, and
 * momentum, which raises it without delay, lowers it by a factor of about {@code 1 - beta}.
 */
public final class StabilityBound {
    private StabilityBound() {}

    /** Without momentum. */
    public static double of(int delay) {
        return of(delay, 0, false);
    }

    /** With heavy-ball momentum. */
    public static double of(int delay, double momentum) {
        return of(delay, momentum, false);
    }

    /**
     * The largest learning rate times largest curvature that converges.
     *
     * @param delay steps between the weights that a gradient was computed with and the step that it goes into; 0 for
     *     plain training
     * @param momentum PyTorch's, as in {@link Optimizer.Sgd}
     * @param nesterov whether the step looks ahead
     */
    public static double of(int delay, double momentum, boolean nesterov) {
        if (delay < 0 || !(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("delay: " + delay + ", momentum: " + momentum
                    + " (expected: a delay of 0 or more steps, a momentum of at least 0 and below 1)");
        }
        double ahead = nesterov ? momentum : 0;
        double below = 0;
        double above = Math.PI;
        double middle = above / 2;
        while (below < middle && middle < above) {
            if (phase(middle, delay, momentum, ahead) < Math.PI / 2) {
                below = middle;
            } else {
                above = middle;
            }
            middle = below + (above - below) / 2;
        }
        return magnitude(middle, momentum, ahead);
    }

    private static double phase(double theta, int delay, double momentum, double ahead) {
        double x = Math.cos(theta);
        double y = Math.sin(theta);
        return Math.atan2(y, x - momentum)
                - Math.atan2((1 + ahead) * y, (1 + ahead) * x - ahead)
                + (delay + 0.5) * theta;
    }

    private static double magnitude(double theta, double momentum, double ahead) {
        double x = Math.cos(theta);
        double y = Math.sin(theta);
        return 2
                * Math.sin(theta / 2)
                * Math.hypot(x - momentum, y)
                / Math.hypot((1 + ahead) * x - ahead, (1 + ahead) * y);
    }
}
