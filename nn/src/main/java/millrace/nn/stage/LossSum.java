package millrace.nn.stage;

/**
 * A part of a batch's mean loss: what some of its micro-batches add.
 *
 * @param sum of the losses
 * @param weight what the mean divides by: samples, or with class weights and masks the sum of their weights
 */
public record LossSum(double sum, double weight) {
    /** Of no micro-batch. */
    public static final LossSum NONE = new LossSum(0, 0);

    /** The two together. */
    public LossSum plus(LossSum other) {
        return new LossSum(sum + other.sum, weight + other.weight);
    }

    /** The mean; NaN of no micro-batch. */
    public double mean() {
        return sum / weight;
    }
}
