package millrace.nn.layer;

import static millrace.nn.layer.Workspace.part;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Adds a learnt row for each position: {@code y[t] = x[t] + weight[t]}. Samples of T x D, out as in.
 *
 * @param context positions of the table, at least T
 * @param initializer of the table; PyTorch's default is {@link Initializer#NORMAL}
 */
public record PositionalEmbedding(int context, Initializer initializer) implements Layer {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public PositionalEmbedding {
        if (context < 1) {
            throw new IllegalArgumentException("positional-embedding context: " + context + " (expected: 1 or more)");
        }
    }

    @Override
    public String type() {
        return "positional-embedding";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("context", context, "init", initializer);
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 2 || input.dimension(0) > context) {
            throw new IllegalArgumentException("input shape: " + input + " (expected: at most " + context
                    + " positions x width); raise the layer's context or shorten the samples");
        }
        return input;
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int width = input.dimension(1);
        return List.of(new ParameterSpec("weight", Shape.of(context, width), initializer, context, width));
    }

    @Override
    public long multiplications(Shape input) {
        return input.size();
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Sum(kernels, input.dimension(0), input.dimension(1), parameters.getFirst());
    }

    private record Sum(Kernels kernels, int positions, int width, Parameter table) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            for (int r = 0; r < input.rows(); r++) {
                for (int t = 0; t < positions; t++) {
                    kernels.add(row(input, r, t), row(table.value(), t), row(output, r, t), width);
                }
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            inputGradient.memory().copyFrom(outputGradient.memory());
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            if (!accumulate) {
                table.gradient().fill((byte) 0);
            }
            for (int r = 0; r < outputGradient.rows(); r++) {
                for (int t = 0; t < positions; t++) {
                    MemorySegment sum = row(table.gradient(), t);
                    kernels.add(sum, row(outputGradient, r, t), sum, width);
                }
            }
        }

        private MemorySegment row(Tensor tensor, int row, int position) {
            return part(tensor.memory(), ((long) row * positions + position) * width, width);
        }

        private MemorySegment row(MemorySegment memory, int position) {
            return part(memory, position * table.stride(), width);
        }
    }
}
