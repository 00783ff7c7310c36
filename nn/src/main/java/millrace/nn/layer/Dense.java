package millrace.nn.layer;

import java.util.ArrayList;
import java.util.List;
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
 */
public record Dense(int units, boolean bias, Initializer initializer) implements Layer {
    public Dense {
        if (units < 1) {
            throw new IllegalArgumentException("dense units: " + units + " (expected: 1 or more)");
        }
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
        int inputs = input.dimension(input.rank() - 1);
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(new ParameterSpec("weight", Shape.of(units, inputs), initializer, inputs, units));
        if (bias) {
            specs.add(new ParameterSpec("bias", Shape.of(units), Initializer.PYTORCH, inputs, units));
        }
        return List.copyOf(specs);
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Product(kernels, input.dimension(input.rank() - 1), units, parameters);
    }

    @Override
    public long work(Shape input) {
        long positions = input.size() / input.dimension(input.rank() - 1);
        return positions * Layer.super.work(input);
    }

    private static final class Product implements Operator {
        private final Kernels kernels;
        private final int in;
        private final int out;
        private final List<Parameter> parameters;
        private final Parameter weight;

        Product(Kernels kernels, int in, int out, List<Parameter> parameters) {
            this.kernels = kernels;
            this.in = in;
            this.out = out;
            this.parameters = parameters;
            this.weight = parameters.getFirst();
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            int rows = rows(input, in);
            kernels.gemm(
                    false,
                    true,
                    rows,
                    out,
                    in,
                    input.memory(),
                    in,
                    weight.value(),
                    weight.stride(),
                    false,
                    output.memory(),
                    out);
            if (parameters.size() > 1) {
                kernels.addBias(output.memory(), rows, out, parameters.get(1).value());
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            kernels.gemm(
                    false,
                    false,
                    rows(outputGradient, out),
                    in,
                    out,
                    outputGradient.memory(),
                    out,
                    weight.value(),
                    weight.stride(),
                    false,
                    inputGradient.memory(),
                    in);
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            int rows = rows(outputGradient, out);
            kernels.gemm(
                    true,
                    false,
                    out,
                    in,
                    rows,
                    outputGradient.memory(),
                    out,
                    input.memory(),
                    in,
                    accumulate,
                    weight.gradient(),
                    weight.stride());
            if (parameters.size() > 1) {
                kernels.columnSums(
                        outputGradient.memory(),
                        rows,
                        out,
                        accumulate,
                        parameters.get(1).gradient());
            }
        }

        private static int rows(Tensor tensor, int columns) {
            return Math.toIntExact(tensor.shape().size() / columns);
        }

        @Override
        public Needs needs() {
            return Needs.NOTHING;
        }

        @Override
        public boolean inPlace() {
            return false;
        }
    }
}
