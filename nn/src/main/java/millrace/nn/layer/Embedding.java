package millrace.nn.layer;

import static millrace.nn.layer.Workspace.part;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * PyTorch's Embedding: each token number of a sample becomes a row of the table; T tokens in (I32), T x width out. The
 * first layer of a model.
 *
 * @param vocabulary tokens that there are, numbered from 0
 * @param width values of a row
 * @param initializer of the table; PyTorch's default is {@link Initializer#NORMAL}
 */
public record Embedding(int vocabulary, int width, Initializer initializer) implements Layer {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Embedding {
        if (vocabulary < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "embedding: " + vocabulary + " tokens of width " + width + " (expected: 1 or more of both)");
        }
    }

    @Override
    public String type() {
        return "embedding";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("vocabulary", vocabulary, "width", width, "init", initializer);
    }

    @Override
    public ElementType inputType() {
        return ElementType.I32;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 1) {
            throw new IllegalArgumentException(
                    "input shape: " + input + " (expected: one dimension, a token for each position); use a text");
        }
        return Shape.of(input.dimension(0), width);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        return List.of(new ParameterSpec("weight", Shape.of(vocabulary, width), initializer, vocabulary, width));
    }

    @Override
    public long multiplications(Shape input) {
        return input.size() * width;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Lookup(kernels, vocabulary, width, parameters.getFirst());
    }

    private record Lookup(Kernels kernels, int vocabulary, int width, Parameter table) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            for (long i = 0; i < input.shape().size(); i++) {
                int token = input.getInt(i);
                if (token < 0 || token >= vocabulary) {
                    throw new IllegalArgumentException("token: " + token + " (expected: 0 to " + (vocabulary - 1)
                            + ", the embedding's vocabulary); give the embedding as many tokens as the data has");
                }
                part(output.memory(), i * width, width).copyFrom(row(table.value(), token));
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            throw new IllegalStateException(
                    "gradient with respect to tokens (expected: none, an embedding is the first layer)");
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            if (!accumulate) {
                table.gradient().fill((byte) 0);
            }
            for (long i = 0; i < input.shape().size(); i++) {
                MemorySegment sum = row(table.gradient(), input.getInt(i));
                kernels.add(sum, part(outputGradient.memory(), i * width, width), sum, width);
            }
        }

        private MemorySegment row(MemorySegment memory, int token) {
            return part(memory, token * table.stride(), width);
        }
    }
}
