package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.LargeProduct;
import millrace.nn.kernel.Precision;

/** A product of two square bfloat16 matrices, both rounded before, one in the layout that oneDNN wants; the sums are float32. */
final class DnnlBf16Product implements LargeProduct {
    private final DnnlProducts products;
    private final DnnlPrimitive product;
    private final MemorySegment a;
    private final MemorySegment b;
    private final MemorySegment c;

    DnnlBf16Product(OneDnn library, int size) {
        this.products = new DnnlProducts(library);
        MemorySegment rows = products.rows(DnnlApi.BF16, size, size);
        MemorySegment wanted = products.wanted(DnnlApi.BF16, size, size, size);
        MemorySegment numbers = products.rows(DnnlApi.F32, size, size);
        this.product = products.product(rows, wanted, numbers, false);
        this.c = LargeProduct.numbers(products.arena(), size);
        this.a = rounded(numbers, rows);
        this.b = rounded(numbers, wanted);
    }

    private MemorySegment rounded(MemorySegment numbers, MemorySegment layout) {
        MemorySegment memory = products.allocate(layout);
        products.run(products.reorder(numbers, layout), c, memory);
        return memory;
    }

    @Override
    public void run() {
        products.run(product, a, b, c);
    }

    @Override
    public Precision factors() {
        return Precision.BF16;
    }

    @Override
    public void close() {
        products.close();
    }
}
