package millrace.nn.kernel.bf16;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Convolution;
import org.jspecify.annotations.Nullable;

/** A convolution whose factors are rounded to bfloat16; bias and sums are not. */
record Bf16Convolution(Convolution convolution, Sizes sizes) implements Convolution {
    private MemorySegment inputs(int rows, MemorySegment x) {
        return RoundedFactors.ofThread().packed(0, x, rows * sizes.inputSize());
    }

    private MemorySegment outputs(int factor, int rows, MemorySegment dy) {
        return RoundedFactors.ofThread().packed(factor, dy, rows * sizes.outputSize());
    }

    private MemorySegment rounded(MemorySegment filters) {
        return RoundedFactors.ofThread().packed(1, filters, sizes.outputs() * sizes.filterStride());
    }

    @Override
    public void forward(
            int rows, MemorySegment x, MemorySegment filters, @Nullable MemorySegment bias, MemorySegment y) {
        convolution.forward(rows, inputs(rows, x), rounded(filters), bias, y);
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, MemorySegment filters, MemorySegment dx) {
        convolution.backwardInput(rows, outputs(0, rows, dy), rounded(filters), dx);
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, boolean accumulate, MemorySegment gradient) {
        convolution.backwardWeight(rows, inputs(rows, x), outputs(1, rows, dy), accumulate, gradient);
    }

    @Override
    public void close() {
        convolution.close();
    }
}
