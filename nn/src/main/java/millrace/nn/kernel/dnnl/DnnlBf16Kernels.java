package millrace.nn.kernel.dnnl;

import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.HeadProducts;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.LargeProduct;
import millrace.nn.kernel.Linear;
import millrace.nn.kernel.bf16.Bf16Kernels;

/**
 * Kernels with bfloat16 factors on a processor that has instructions for them: weight matrices, also those of recurrent
 * cells, convolutions, and the products within attention are multiplied by oneDNN's primitives.
 */
final class DnnlBf16Kernels extends Bf16Kernels {
    private final OneDnn library;
    private final Sharing sharing;

    /**
     * @param f32 for everything but products of bfloat16
     * @param sharing of a training; of none where nobody knows
     */
    DnnlBf16Kernels(Kernels f32, OneDnn library, Sharing sharing) {
        super(f32);
        this.library = library;
        this.sharing = sharing;
    }

    @Override
    public Kernels preparedFor(Sharing sharing) {
        return new DnnlBf16Kernels(others, library, sharing);
    }

    @Override
    public Linear linear(Linear.Sizes sizes) {
        return new DnnlBf16Linear(library, sizes, sharing);
    }

    @Override
    public HeadProducts heads(HeadProducts.Sizes sizes) {
        return new DnnlBf16HeadProducts(library, sizes);
    }

    @Override
    public LargeProduct largeProduct(int size) {
        return new DnnlBf16Product(library, size);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return new DnnlConvolution(library, sizes, DnnlApi.BF16, others);
    }

    @Override
    public String toString() {
        return "bfloat16 by " + others;
    }
}
