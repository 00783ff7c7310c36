package millrace.nn.optimizer;

/**
 * What happens to a stage's gradient as a whole before the optimizer sees it. A stage knows its own gradient only, so the
 * norm is the stage's, not the model's: with one stage it is that of PyTorch's {@code clip_grad_norm_}.
 *
 * @param maxNorm the stage's gradient is scaled down to at most this Euclidean norm; infinity for no limit
 * @param skipNonFinite whether a stage leaves a step out, counts and reports it, when its gradient has a NaN or an
 *     infinity; otherwise such a run ends at its next loss
 */
public record GradientGuard(double maxNorm, boolean skipNonFinite) {
    public static final GradientGuard NONE = new GradientGuard(Double.POSITIVE_INFINITY, false);

    // PyTorch's, against a division by 0
    private static final double EPSILON = 1e-6;

    public GradientGuard {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("clip norm: " + maxNorm + " (expected: above 0)");
        }
    }

    /** Whether the norm has to be known at all. */
    boolean looks() {
        return skipNonFinite || maxNorm < Double.POSITIVE_INFINITY;
    }

    /** What a gradient of that norm is multiplied by: 1 where it is small enough, or not a number and not skipped. */
    float factor(double norm) {
        return norm + EPSILON > maxNorm ? (float) (maxNorm / (norm + EPSILON)) : 1;
    }
}
