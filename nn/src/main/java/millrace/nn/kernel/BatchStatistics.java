package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * Sums over the rows and places of each channel, for batch normalization. Plain loops in double precision, the same for
 * all kernels. Values lie row after row, channel after channel, place after place.
 */
public record BatchStatistics(int rows, int channels, int places) {
    /** What is done with each value of a channel. */
    private interface Visit {
        void at(long index);
    }

    /** Values of a channel. */
    public long count() {
        return (long) rows * places;
    }

    private void channel(int channel, Visit visit) {
        for (int r = 0; r < rows; r++) {
            long first = ((long) r * channels + channel) * places;
            for (long i = first; i < first + places; i++) {
                visit.at(i);
            }
        }
    }

    /** Mean and variance (divided by the number of values) of a channel. */
    public double[] moments(MemorySegment x, int channel) {
        double[] sum = new double[2];
        channel(channel, i -> sum[0] += get(x, i));
        double mean = sum[0] / count();
        channel(channel, i -> {
            double deviation = get(x, i) - mean;
            sum[1] += deviation * deviation;
        });
        return new double[] {mean, sum[1] / count()};
    }

    /** {@code y = (x - mean) * factor + shift} on a channel. */
    public void apply(MemorySegment x, int channel, double mean, double factor, double shift, MemorySegment y) {
        channel(channel, i -> set(y, i, (get(x, i) - mean) * factor + shift));
    }

    /** Sum of dy and of dy times the normalized x of a channel. */
    public double[] sums(MemorySegment x, MemorySegment dy, int channel, double mean, double inverse) {
        double[] sums = new double[2];
        channel(channel, i -> {
            sums[0] += get(dy, i);
            sums[1] += get(dy, i) * (get(x, i) - mean) * inverse;
        });
        return sums;
    }

    /** The gradient with respect to x of a channel whose statistics depend on x. */
    public void backward(
            MemorySegment x,
            MemorySegment dy,
            int channel,
            double mean,
            double inverse,
            double gain,
            MemorySegment dx) {
        double[] sums = sums(x, dy, channel, mean, inverse);
        double sum = sums[0] / count();
        double along = sums[1] / count();
        channel(channel, i -> {
            double normal = (get(x, i) - mean) * inverse;
            set(dx, i, gain * inverse * (get(dy, i) - sum - normal * along));
        });
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment memory, long index, double value) {
        memory.setAtIndex(JAVA_FLOAT, index, (float) value);
    }
}
