package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static millrace.nn.layer.ImageShapes.both;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.Window;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * PyTorch's MaxPool2d and AvgPool2d: samples of C x H x W in, C x H' x W' out.
 *
 * @param kind which
 * @param window that moves over the image; its padding is at most half its size
 * @param countsPadding of a mean, whether the zeros at the edge are counted (PyTorch's {@code count_include_pad}); true of a
 *     maximum, which knows none
 */
public record Pool2d(Kind kind, Window window, boolean countsPadding) implements Layer {
    /** What becomes of the values under the window. */
    public enum Kind {
        /** The largest of them. */
        MAX,
        /** Their mean. */
        AVG
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Pool2d {
        for (Window.Edge edge : List.of(window.down(), window.across())) {
            if (2 * edge.padding() > edge.size()) {
                throw new IllegalArgumentException("pool padding: " + edge.padding() + " (expected: at most "
                        + edge.size() / 2 + ", half the size)");
            }
        }
        if (kind == Kind.MAX && !countsPadding) {
            throw new IllegalArgumentException("pool count-include-pad: false (expected: true with a maximum)");
        }
    }

    /** As PyTorch has it: zeros at the edge are counted. */
    public Pool2d(Kind kind, Window window) {
        this(kind, window, true);
    }

    @Override
    public String type() {
        return kind.name().toLowerCase(Locale.ROOT) + "-pool2d";
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("size", both(window, Window.Edge::size));
        settings.put("stride", both(window, Window.Edge::stride));
        settings.put("padding", both(window, Window.Edge::padding));
        if (kind == Kind.AVG) {
            settings.put("count-include-pad", countsPadding);
        }
        return settings;
    }

    @Override
    public Shape outputShape(Shape input) {
        ImageShapes.check(input);
        return Shape.of(
                input.dimension(0),
                window.down().places(input.dimension(1)),
                window.across().places(input.dimension(2)));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        Pooling pooling = kernels.pooling(input.dimension(1), input.dimension(2), window);
        int channels = input.dimension(0);
        return switch (kind) {
            case MAX -> new Largest(pooling, channels);
            case AVG ->
                countsPadding || window.down().padding() + window.across().padding() == 0
                        ? new Average(pooling, channels)
                        : new AverageWithin(pooling, channels, factors(input.dimension(1), input.dimension(2)));
        };
    }

    /** What the mean over the whole window at each place is multiplied by to be that over the image's values alone. */
    private float[] factors(int height, int width) {
        int columns = window.across().places(width);
        float[] factors = new float[window.down().places(height) * columns];
        for (int place = 0; place < factors.length; place++) {
            int counted = window.down().valuesAt(place / columns, height)
                    * window.across().valuesAt(place % columns, width);
            factors[place] = (float) window.area() / counted;
        }
        return factors;
    }

    /** The workspace holds where the largest values were. */
    private record Largest(Pooling pooling, int channels) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            pooling.largest(input.memory(), output.memory(), pass.workspace(), (long) input.rows() * channels);
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            pooling.largestBackward(
                    pass.workspace(),
                    outputGradient.memory(),
                    inputGradient.memory(),
                    (long) outputGradient.rows() * channels);
        }

        @Override
        public long workspace(int rows) {
            return (long) rows * channels * pooling.places();
        }
    }

    private record Average(Pooling pooling, int channels) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            pooling.average(input.memory(), output.memory(), (long) input.rows() * channels);
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            pooling.averageBackward(
                    outputGradient.memory(), inputGradient.memory(), (long) outputGradient.rows() * channels);
        }
    }

    /** Zeros at the edge are not counted; the workspace holds the gradient as the mean over whole windows would have it. */
    private static final class AverageWithin implements Operator {
        private final Pooling pooling;
        private final int channels;
        private final float[] factors;

        AverageWithin(Pooling pooling, int channels, float[] factors) {
            this.pooling = pooling;
            this.channels = channels;
            this.factors = factors;
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            pooling.average(input.memory(), output.memory(), (long) input.rows() * channels);
            scale(output.memory(), output.memory(), output.shape().size());
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            scale(
                    outputGradient.memory(),
                    pass.workspace(),
                    outputGradient.shape().size());
            pooling.averageBackward(pass.workspace(), inputGradient.memory(), (long) outputGradient.rows() * channels);
        }

        private void scale(MemorySegment from, MemorySegment to, long elements) {
            for (long i = 0; i < elements; i++) {
                to.setAtIndex(JAVA_FLOAT, i, from.getAtIndex(JAVA_FLOAT, i) * factors[(int) (i % factors.length)]);
            }
        }

        @Override
        public long workspace(int rows) {
            return (long) rows * channels * pooling.places();
        }
    }
}
