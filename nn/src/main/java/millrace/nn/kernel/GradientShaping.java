package millrace.nn.kernel;

/**
 * What happens to a gradient before the optimizer sees it: penalties are added, then, where a run clips by norm, that is
 * done, then the value is clipped.
 *
 * @param l1 factor of the penalty {@code l1 * sum |w|}: adds {@code l1 * sign(w)}
 * @param l2 factor of the penalty {@code l2 * sum w^2}: adds {@code 2 * l2 * w}
 * @param clip the gradient is limited to [-clip, clip]; infinity for no limit (PyTorch's clip_grad_value_)
 */
public record GradientShaping(float l1, float l2, float clip) {
    public static final GradientShaping NONE = new GradientShaping(0, 0, Float.POSITIVE_INFINITY);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public GradientShaping {
        if (!(l1 >= 0) || !(l2 >= 0) || !(clip > 0)) {
            throw new IllegalArgumentException("l1: " + l1 + ", l2: " + l2 + ", clip: " + clip
                    + " (expected: penalties of 0 or more and a clip value above 0)");
        }
    }

    /** Whether there is a penalty. */
    public boolean penalises() {
        return l1 != 0 || l2 != 0;
    }

    /** The same clipping without penalties, as biases get it. */
    public GradientShaping withoutPenalties() {
        return new GradientShaping(0, 0, clip);
    }
}
