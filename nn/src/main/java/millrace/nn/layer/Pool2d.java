package millrace.nn.layer;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.Window;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * PyTorch's MaxPool2d and AvgPool2d (zeros at the edge count) with a square window: samples of C x H x W in, C x H' x W'
 * out.
 *
 * @param kind which
 * @param window that moves over the image; its padding is at most half its size
 */
public record Pool2d(Kind kind, Window window) implements Layer {
    /** What becomes of the values under the window. */
    public enum Kind {
        /** The largest of them. */
        MAX,
        /** Their mean, zeros at the edge counted. */
        AVG
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Pool2d {
        if (2 * window.padding() > window.size()) {
            throw new IllegalArgumentException("pool padding: " + window.padding() + " (expected: at most "
                    + window.size() / 2 + ", half the size)");
        }
    }

    @Override
    public String type() {
        return kind.name().toLowerCase(Locale.ROOT) + "-pool2d";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("size", window.size(), "stride", window.stride(), "padding", window.padding());
    }

    @Override
    public Shape outputShape(Shape input) {
        ImageShapes.check(input);
        return Shape.of(input.dimension(0), window.places(input.dimension(1)), window.places(input.dimension(2)));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        Pooling pooling = kernels.pooling(input.dimension(1), input.dimension(2), window);
        int channels = input.dimension(0);
        return switch (kind) {
            case MAX -> new Largest(pooling, channels);
            case AVG -> new Average(pooling, channels);
        };
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
}
