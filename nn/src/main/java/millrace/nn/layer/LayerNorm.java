package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * PyTorch's LayerNorm over the last dimension (Ba, Kiros and Hinton 2016): mean 0 and variance 1, then a gain and a shift
 * for each column. Samples of D or T x D, out as in.
 *
 * @param epsilon added to the variance
 */
public record LayerNorm(float epsilon) implements Layer {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public LayerNorm {
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException("layer-norm epsilon: " + epsilon + " (expected: above 0)");
        }
    }

    /** With PyTorch's epsilon. */
    public LayerNorm() {
        this(1e-5f);
    }

    @Override
    public String type() {
        return "layer-norm";
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() == 0) {
            throw new IllegalArgumentException("input shape: scalar (expected: one dimension or more)");
        }
        return input;
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int columns = input.last();
        return List.of(
                new ParameterSpec("weight", Shape.of(columns), Initializer.ONES, columns, columns),
                new ParameterSpec("bias", Shape.of(columns), Initializer.ZEROS, columns, columns));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        int columns = input.last();
        int positions = Math.toIntExact(input.size() / columns);
        return new Rows(kernels, positions, columns, epsilon, parameters.get(0), parameters.get(1));
    }

    private record Rows(Kernels kernels, int positions, int columns, float epsilon, Parameter gain, Parameter shift)
            implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            kernels.norms()
                    .layerNorm(
                            input.memory(),
                            gain.value(),
                            shift.value(),
                            output.memory(),
                            pass.workspace(),
                            input.rows() * positions,
                            columns,
                            epsilon);
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            kernels.norms()
                    .layerNormBackward(
                            saved.memory(),
                            gain.value(),
                            pass.workspace(),
                            outputGradient.memory(),
                            inputGradient.memory(),
                            saved.rows() * positions,
                            columns);
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            if (!accumulate) {
                gain.gradient().fill((byte) 0);
                shift.gradient().fill((byte) 0);
            }
            MemorySegment statistics = pass.workspace();
            kernels.norms()
                    .layerNormGradients(
                            input.memory(),
                            statistics,
                            outputGradient.memory(),
                            gain.gradient(),
                            shift.gradient(),
                            input.rows() * positions,
                            columns);
        }

        @Override
        public long workspace(int rows) {
            return 2L * rows * positions;
        }

        @Override
        public Needs needs() {
            return Needs.INPUT;
        }
    }
}
