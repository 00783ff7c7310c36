package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The running mean and variance of each channel, {@code r = (1 - momentum) r + momentum m}, where m is of what was taken
 * in since the last beginning: one micro-batch, or with deferred statistics all those of an optimizer step (Huang
 * et al. 2019, GPipe; torchgpipe's DeferredBatchNorm). It is right after every micro-batch, as if that were the last, so
 * nobody needs to tell when a batch ends. Moments are merged by Chan, Golub and LeVeque (1979).
 */
final class RunningMoments implements RunningStatistics {
    private final float momentum;
    private final boolean deferred;
    private final int channels;
    private final Parameter mean;
    private final Parameter variance;
    private final double[] meanBefore;
    private final double[] varianceBefore;
    private final double[] middles;
    private final double[] squares;
    private long count;
    // of each micro-batch: values of a channel (an int's bits), then the mean and then the variance of each channel
    private final List<float[]> gathered = new ArrayList<>();
    private boolean gathers;

    /**
     * @param deferred whether micro-batches of an optimizer step count as one
     */
    RunningMoments(float momentum, boolean deferred, int channels, Parameter mean, Parameter variance) {
        this.momentum = momentum;
        this.deferred = deferred;
        this.channels = channels;
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

    /**
     * A micro-batch has been seen.
     *
     * @param values of a channel; 0 where the micro-batch is empty
     * @param moments mean, then variance of each channel; not read where there are no values
     * @param first whether it is the first of an optimizer step
     */
    void add(int values, MemorySegment moments, boolean first) {
        if (gathers) {
            float[] kept = new float[Math.toIntExact(elements())];
            kept[0] = Float.intBitsToFloat(values);
            for (int i = 0; values > 0 && i < 2 * channels; i++) {
                kept[1 + i] = moments.getAtIndex(JAVA_FLOAT, i);
            }
            gathered.add(kept);
        } else {
            follow(values, moments, 0, first);
        }
    }

    private void follow(int values, MemorySegment moments, long at, boolean first) {
        if (!deferred || first) {
            begin();
        }
        for (int c = 0; values > 0 && c < channels; c++) {
            double middle = moments.getAtIndex(JAVA_FLOAT, at + c);
            double variance = moments.getAtIndex(JAVA_FLOAT, at + channels + c);
            merge(c, values, middle, variance);
        }
        end(values);
    }

    @Override
    public void gather() {
        gathers = true;
    }

    @Override
    public long elements() {
        return 1 + 2L * channels;
    }

    @Override
    public int gathered() {
        return gathered.size();
    }

    @Override
    public void take(MemorySegment target, long at) {
        long to = at;
        for (float[] kept : gathered) {
            // the count is an int's bits, which no float operation may touch: plain copies only
            MemorySegment.copy(kept, 0, target, JAVA_FLOAT, to * Float.BYTES, kept.length);
            to += kept.length;
        }
        gathered.clear();
    }

    @Override
    public void follow(MemorySegment source, long at, boolean first) {
        follow(source.getAtIndex(JAVA_INT, at), source, at + 1, first);
    }

    private void begin() {
        count = 0;
        for (int c = 0; c < meanBefore.length; c++) {
            meanBefore[c] = mean(c);
            varianceBefore[c] = variance(c);
            middles[c] = 0;
            squares[c] = 0;
        }
    }

    /**
     * Takes in a channel of a micro-batch; {@link #end} comes when all channels have been.
     *
     * @param values of a channel, 1 or more
     */
    private void merge(int channel, long values, double middle, double variance) {
        double distance = middle - middles[channel];
        double share = (double) values / (count + values);
        middles[channel] += distance * share;
        squares[channel] += variance * values + distance * distance * count * share;
    }

    /** Ends the micro-batch. One value a channel has no unbiased variance and leaves all as it was. */
    private void end(long values) {
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
