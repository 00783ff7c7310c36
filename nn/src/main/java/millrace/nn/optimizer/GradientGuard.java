package millrace.nn.optimizer;

import java.util.List;

/**
 * What happens to a gradient as a whole before the optimizer sees it. The norm may be the whole model's, as in PyTorch's
 * {@code clip_grad_norm_}: then somebody who knows all stages has to tell it ({@link OptimizerState#admit}). Or it is a
 * stage's own, for training without a flush, where no stage knows the others' gradients of the same step.
 *
 * @param maxNorm the gradient is scaled down to at most this Euclidean norm; infinity for no limit
 * @param span whose norm
 * @param skipNonFinite whether a step is left out, counted and reported, when the gradient has a NaN or an infinity;
 *     otherwise such a run ends at its next loss. With the model's norm all stages leave it out, else the stage alone
 * @param reports whether norms are told, clipped or not
 */
public record GradientGuard(double maxNorm, Span span, boolean skipNonFinite, boolean reports) {
    /** Of which gradient a norm is. */
    public enum Span {
        /** Of the parameters of one stage. */
        STAGE,
        /** Of all parameters. */
        MODEL
    }

    public static final GradientGuard NONE = new GradientGuard(Double.POSITIVE_INFINITY, false);

    // PyTorch's, against a division by 0
    private static final double EPSILON = 1e-6;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public GradientGuard {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("clip norm: " + maxNorm + " (expected: above 0)");
        }
    }

    /** By the norms of stages, which are not told. */
    public GradientGuard(double maxNorm, boolean skipNonFinite) {
        this(maxNorm, Span.STAGE, skipNonFinite, false);
    }

    /** By the norm of the whole model. */
    public static GradientGuard ofModel(double maxNorm, boolean skipNonFinite) {
        return new GradientGuard(maxNorm, Span.MODEL, skipNonFinite, false);
    }

    /** The same, with norms that are told. */
    public GradientGuard reporting() {
        return new GradientGuard(maxNorm, span, skipNonFinite, true);
    }

    /** Whether a step needs the norm of all stages. */
    public boolean isGlobal() {
        return span == Span.MODEL && maxNorm < Double.POSITIVE_INFINITY;
    }

    /** Whether it clips the gradients of all stages by the same factor, and leaves out the steps of all or none. */
    public boolean treatsStagesAlike() {
        return isGlobal() || (!skipNonFinite && maxNorm == Double.POSITIVE_INFINITY);
    }

    /**
     * Whether a stage has to hand out its sums of squares before it steps: because norms are reported, or because the norm
     * of the whole model is added up from them.
     */
    public boolean measures() {
        return reports || isGlobal();
    }

    /** Whether a step has to know the norm of its gradient, be it to clip, to skip or to report. */
    boolean needsNorm() {
        return skipNonFinite || reports || maxNorm < Double.POSITIVE_INFINITY;
    }

    /**
     * The sum of squares over parameters, in their order. A sum of doubles depends on its order: over all parameters of a
     * model it has the same bits however they are cut into stages, while a sum of the stages' sums has not.
     */
    public static double sum(Iterable<Double> squares) {
        double sum = 0;
        for (double square : squares) {
            sum += square;
        }
        return sum;
    }

    /** The norms of stages. */
    public static List<Double> norms(List<List<Double>> squaresOfStages) {
        return squaresOfStages.stream().map(stage -> Math.sqrt(sum(stage))).toList();
    }

    /** What a gradient of that norm is multiplied by: 1 where it is small enough, or not a number and not skipped. */
    float factor(double norm) {
        return norm + EPSILON > maxNorm ? (float) (maxNorm / (norm + EPSILON)) : 1;
    }
}
