package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Inverted dropout (Srivastava et al. 2014): in training each element is zeroed with probability p and the others are
 * scaled by 1/(1-p). The mask is not stored: it is drawn again in the backward pass from the key (seed, layer,
 * micro-batch), so that recomputation, split backward and recovery replay it exactly.
 *
 * @param p probability of zeroing, in [0, 1)
 */
public record Dropout(float p) implements Layer {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public Dropout {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout p: " + p + " (expected: at least 0 and below 1)");
        }
    }

    @Override
    public String type() {
        return "dropout";
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Mask(p, key);
    }

    private record Mask(float p, RandomKey key) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            if (pass.training()) {
                apply(pass, input, output);
            } else if (input.memory().address() != output.memory().address()) {
                MemorySegment.copy(
                        input.memory(), 0, output.memory(), 0, input.memory().byteSize());
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            apply(pass, outputGradient, inputGradient);
        }

        private void apply(Pass pass, Tensor from, Tensor to) {
            RandomStream random = RandomStream.of(key.seed(), Purpose.DROPOUT, key.layer(), pass.microBatch());
            float scale = 1 / (1 - p);
            long n = from.shape().size();
            for (long i = 0; i < n; i++) {
                to.setFloat(i, random.nextFloat() < p ? 0 : from.getFloat(i) * scale);
            }
        }

        @Override
        public boolean inPlace() {
            return true;
        }
    }
}
