package millrace.app.output.tensorboard;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import millrace.nn.tensor.Tensor;

/**
 * How the numbers of a tensor are spread, in buckets of equal width from the smallest to the largest. NaN and infinities
 * are not counted.
 *
 * @param limits right edge of each bucket, ascending, the last one {@code max}; the first bucket begins at {@code min}
 * @param counts numbers in each bucket
 */
record Histogram(
        double min, double max, long count, double sum, double squares, List<Double> limits, List<Double> counts) {
    private static final int BUCKETS = 64;

    /**
     * @param tensor F32
     * @return empty when it has no finite number
     */
    static Optional<Histogram> of(Tensor tensor) {
        MemorySegment memory = tensor.memory();
        long size = tensor.shape().size();
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (long i = 0; i < size; i++) {
            double value = memory.getAtIndex(JAVA_FLOAT, i);
            if (Double.isFinite(value)) {
                min = Math.min(min, value);
                max = Math.max(max, value);
                sum += value;
                squares += value * value;
                count++;
            }
        }
        if (count == 0) {
            return Optional.empty();
        }
        int buckets = min == max ? 1 : BUCKETS;
        double width = (max - min) / buckets;
        double[] counts = new double[buckets];
        for (long i = 0; i < size; i++) {
            double value = memory.getAtIndex(JAVA_FLOAT, i);
            if (Double.isFinite(value)) {
                counts[width == 0 ? 0 : Math.min(buckets - 1, (int) ((value - min) / width))]++;
            }
        }
        double low = min;
        double high = max;
        DoubleStream limits = IntStream.rangeClosed(1, buckets).mapToDouble(i -> i == buckets ? high : low + i * width);
        return Optional.of(new Histogram(
                min,
                max,
                count,
                sum,
                squares,
                limits.boxed().toList(),
                Arrays.stream(counts).boxed().toList()));
    }
}
