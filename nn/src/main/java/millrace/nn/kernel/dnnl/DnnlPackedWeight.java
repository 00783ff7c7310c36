package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.kernel.Linear;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a weight matrix in the layout, and of the type, that oneDNN wants for one of its products, made anew for each
 * version of the weights that is multiplied.
 */
final class DnnlPackedWeight {
    // the layout must not depend on which micro-batch comes first: bits could follow it
    private static final int TYPICAL_ROWS = 32;

    private record Size(int rows, boolean accumulate) {}

    private record Copy(MemorySegment layout, DnnlPrimitive pack, MemorySegment memory) {}

    private final DnnlProducts products;
    private final int type;
    private final int k;
    private final int n;
    private final long down;
    private final long right;
    private final Map<Size, DnnlPrimitive> prepared = new HashMap<>();
    private @Nullable Copy copy;
    private long version;

    /**
     * @param type of what is multiplied
     * @param k rows of the matrix as the product has it
     * @param n columns of it
     * @param down floats from one of its rows to the next
     * @param right floats from one of its columns to the next
     */
    DnnlPackedWeight(DnnlProducts products, int type, int k, int n, long down, long right) {
        this.products = products;
        this.type = type;
        this.k = k;
        this.n = n;
        this.down = down;
        this.right = right;
    }

    /** {@code result = source W}, or added to it; source: rows x k of the type without gaps, result: rows x n. */
    void multiply(int rows, MemorySegment source, Linear.Weight weight, boolean accumulate, MemorySegment result) {
        Copy packed = packed(weight);
        DnnlPrimitive product =
                prepared.computeIfAbsent(new Size(rows, accumulate), size -> product(size, packed.layout));
        products.run(product, source, packed.memory, result);
    }

    private DnnlPrimitive product(Size size, MemorySegment layout) {
        return products.product(
                products.rows(type, size.rows, k), layout, products.rows(DnnlApi.F32, size.rows, n), size.accumulate);
    }

    private Copy packed(Linear.Weight weight) {
        Copy packed = copy;
        if (packed != null && version == weight.version()) {
            return packed;
        }
        if (packed == null) {
            MemorySegment layout = products.wanted(type, TYPICAL_ROWS, k, n);
            DnnlPrimitive pack = products.reorder(products.matrix(DnnlApi.F32, k, n, down, right), layout);
            long floats = (products.bytes(layout) + Float.BYTES - 1) / Float.BYTES;
            packed = new Copy(layout, pack, Memory.allocate(products.arena(), floats));
            copy = packed;
        }
        products.run(packed.pack, weight.memory(), packed.memory);
        version = weight.version();
        return packed;
    }
}
