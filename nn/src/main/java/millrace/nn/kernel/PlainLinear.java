package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/** The products of a weight matrix as it lies in memory. */
record PlainLinear(Kernels kernels, Sizes sizes) implements Linear {
    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        int in = sizes.in();
        int out = sizes.out();
        kernels.gemm(false, true, rows, out, in, x, in, weight.memory(), sizes.stride(), accumulate, y, out);
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, MemorySegment bias, MemorySegment y) {
        forward(rows, x, weight, false, y);
        kernels.addBias(y, rows, sizes.out(), bias);
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        int in = sizes.in();
        int out = sizes.out();
        kernels.gemm(false, false, rows, in, out, dy, out, weight.memory(), sizes.stride(), accumulate, dx, in);
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        int in = sizes.in();
        kernels.gemm(true, false, sizes.out(), in, rows, dy, stride, x, in, accumulate, gradient, sizes.stride());
    }
}
