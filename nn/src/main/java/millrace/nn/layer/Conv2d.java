package millrace.nn.layer;

import static millrace.nn.layer.ImageShapes.both;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Window;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's Conv2d. Samples of C x H x W in, channels x H' x W' out; weight channels x C / groups x
 * rows x columns of the window.
 *
 * @param channels of the output
 * @param window that moves over the image
 * @param groups parts that the channels are cut into, a divisor of both numbers of channels
 * @param bias whether there is one
 * @param initializer of the weight; the bias gets PyTorch's default
 */
public record Conv2d(int channels, Window window, int groups, boolean bias, Initializer initializer) implements Layer {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Conv2d {
        if (channels < 1 || groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException("conv2d channels: " + channels + " in " + groups
                    + " groups (expected: 1 or more, channels a multiple of groups)");
        }
    }

    @Override
    public String type() {
        return "conv2d";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of(
                "channels",
                channels,
                "size",
                both(window, Window.Edge::size),
                "stride",
                both(window, Window.Edge::stride),
                "padding",
                both(window, Window.Edge::padding),
                "dilation",
                both(window, Window.Edge::dilation),
                "groups",
                groups,
                "bias",
                bias,
                "init",
                initializer);
    }

    @Override
    public Shape outputShape(Shape input) {
        ImageShapes.check(input);
        if (input.dimension(0) % groups != 0) {
            throw new IllegalArgumentException("input shape: " + input + " (expected: a multiple of " + groups
                    + " channels, the groups); lower groups");
        }
        return Shape.of(
                channels,
                window.down().places(input.dimension(1)),
                window.across().places(input.dimension(2)));
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int ofGroup = input.dimension(0) / groups;
        int fanIn = ofGroup * window.area();
        List<ParameterSpec> specs = new ArrayList<>();
        Shape shape = Shape.of(
                channels, ofGroup, window.down().size(), window.across().size());
        specs.add(new ParameterSpec("weight", shape, initializer, fanIn, channels / groups * window.area()));
        if (bias) {
            specs.add(new ParameterSpec("bias", Shape.of(channels), Initializer.PYTORCH, fanIn, channels));
        }
        return List.copyOf(specs);
    }

    @Override
    public long multiplications(Shape input) {
        Shape output = outputShape(input);
        return Layer.super.multiplications(input) * output.dimension(1) * output.dimension(2);
    }

    /**
     * The window over the channels of its group, for each value that comes out: {@code H' W' channels * (C / groups) * window}
     * in each pass, windows that reach beyond the edge counted whole.
     */
    @Override
    public Products products(Shape input) {
        return Products.alike(outputShape(input).size() * (input.dimension(0) / groups) * window.area());
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        Convolution.Sizes sizes = new Convolution.Sizes(
                input.dimension(0),
                input.dimension(1),
                input.dimension(2),
                channels,
                window,
                groups,
                parameters.getFirst().stride());
        return new Filters(
                kernels,
                sizes,
                kernels.convolution(sizes),
                parameters.getFirst(),
                parameters.size() > 1 ? parameters.get(1) : null);
    }

    private record Filters(
            Kernels kernels,
            Convolution.Sizes sizes,
            Convolution convolution,
            Parameter weight,
            @Nullable Parameter bias)
            implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            convolution.forward(
                    input.rows(), input.memory(), weight.value(), bias == null ? null : bias.value(), output.memory());
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            convolution.backwardInput(
                    outputGradient.rows(), outputGradient.memory(), weight.value(), inputGradient.memory());
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            convolution.backwardWeight(
                    input.rows(), input.memory(), outputGradient.memory(), accumulate, weight.gradient());
            if (bias != null) {
                int places = sizes.outputHeight() * sizes.outputWidth();
                kernels.planeSums(
                        outputGradient.memory(), input.rows(), sizes.outputs(), places, accumulate, bias.gradient());
            }
        }

        @Override
        public void close() {
            convolution.close();
        }
    }
}
