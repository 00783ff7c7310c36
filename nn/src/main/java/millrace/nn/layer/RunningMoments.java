package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

/**
 * The running mean and variance of each channel, {@code r = (1 - momentum) r + momentum m}, where m is of what was taken
 * in since the last {@link #begin()}: one micro-batch, or with deferred statistics all those of an optimizer step (Huang
 * et al. 2019, GPipe; torchgpipe's DeferredBatchNorm). It is right after every micro-batch, as if that were the last, so
 * nobody needs to tell when a batch ends. Moments are merged by Chan, Golub and LeVeque (1979).
 */
final class RunningMoments {
    private final float momentum;
    private final Parameter mean;
    private final Parameter variance;
    private final double[] meanBefore;
    private final double[] varianceBefore;
    private final double[] middles;
    private final double[] squares;
    private long count;

    RunningMoments(float momentum, int channels, Parameter mean, Parameter variance) {
        this.momentum = momentum;
        this.mean = mean;
        this.variance = variance;
        this.meanBefore = new double[channels];
        this.varianceBefore = new double[channels];
        this.middles = new double[channels];
        this.squares = new double[channels];
    }

    float mean(int channel) {
        return mean.value().getAtIndex(JAVA_FLOAT, channel);
    }

    float variance(int channel) {
        return variance.value().getAtIndex(JAVA_FLOAT, channel);
    }

    void begin() {
        count = 0;
        for (int c = 0; c < meanBefore.length; c++) {
            meanBefore[c] = mean(c);
            varianceBefore[c] = variance(c);
            middles[c] = 0;
            squares[c] = 0;
        }
    }

    /**
     * Takes in a channel of a micro-batch; {@link #follow} comes when all channels have been.
     *
     * @param values of a channel, 1 or more
     */
    void merge(int channel, long values, double middle, double variance) {
        double distance = middle - middles[channel];
        double share = (double) values / (count + values);
        middles[channel] += distance * share;
        squares[channel] += variance * values + distance * distance * count * share;
    }

    /** Ends the micro-batch. One value a channel has no unbiased variance and leaves all as it was. */
    void follow(long values) {
        count += values;
        if (count > 1) {
            for (int c = 0; c < meanBefore.length; c++) {
                set(mean, c, meanBefore[c], middles[c]);
                set(variance, c, varianceBefore[c], squares[c] / (count - 1));
            }
        }
    }

    private void set(Parameter buffer, int channel, double before, double value) {
        buffer.value().setAtIndex(JAVA_FLOAT, channel, (float) ((1 - momentum) * before + momentum * value));
    }
}
