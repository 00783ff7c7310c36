package millrace.nn.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * PyTorch's Linear: {@code y = x W^T + b} with x: rows x in, W: out x in, b: out, y: rows x out; for samples of T x in,
 * every position is a row.
 *
 * @param units outputs
 * @param bias whether b is there
 * @param initializer of W; b gets PyTorch's default, uniform in +-1/sqrt(in)
 * @param tied whether W is the table of the embedding that the model begins with (Press and Wolf 2017: tied embedding)
 */
public record Dense(int units, boolean bias, Initializer initializer, boolean tied) implements Layer {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Dense {
        if (units < 1) {
            throw new IllegalArgumentException("dense units: " + units + " (expected: 1 or more)");
        }
    }

    /** With weights of its own. */
    public Dense(int units, boolean bias, Initializer initializer) {
        this(units, bias, initializer, false);
    }

    /** With the table of the embedding that the model begins with. */
    public static Dense tiedToEmbedding(int units, boolean bias) {
        return new Dense(units, bias, Initializer.PYTORCH, true);
    }

    /** With bias and PyTorch's default initialisation. */
    public Dense(int units) {
        this(units, true, Initializer.PYTORCH);
    }

    @Override
    public String type() {
        return "dense";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("units", units, "bias", bias, "init", initializer, "tied", tied ? "embedding" : "none");
    }

    @Override
    public Shape outputShape(Shape input) {
        return switch (input.rank()) {
            case 1 -> Shape.of(units);
            case 2 -> Shape.of(input.dimension(0), units);
            default ->
                throw new IllegalArgumentException("input shape: " + input
                        + " (expected: one dimension, or two for a sequence); put a flatten layer before it");
        };
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int inputs = input.last();
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(new ParameterSpec("weight", Shape.of(units, inputs), initializer, inputs, units));
        if (bias) {
            specs.add(new ParameterSpec("bias", Shape.of(units), Initializer.PYTORCH, inputs, units));
        }
        return List.copyOf(specs);
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Product(
                new Affine(kernels, parameters.getFirst(), parameters.size() > 1 ? parameters.get(1) : null));
    }

    @Override
    public long multiplications(Shape input) {
        long positions = input.size() / input.last();
        return positions * Layer.super.multiplications(input);
    }

    /** A row of {@code in} numbers by a matrix of {@code out x in}, for each position: {@code positions * in * out} in each pass. */
    @Override
    public Products products(Shape input) {
        return Products.alike(input.size() * units);
    }

    private record Product(Affine affine) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            affine.forward(rows(input, affine.in()), input.memory(), false, output.memory());
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            int rows = rows(outputGradient, affine.out());
            affine.backwardInput(rows, outputGradient.memory(), false, inputGradient.memory());
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            int rows = rows(outputGradient, affine.out());
            affine.backwardWeight(rows, input.memory(), outputGradient.memory(), accumulate);
        }

        @Override
        public void close() {
            affine.close();
        }

        private static int rows(Tensor tensor, int columns) {
            return Math.toIntExact(tensor.shape().size() / columns);
        }
    }
}
