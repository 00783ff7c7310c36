package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a weight matrix in the layout, and of the type, that oneDNN wants for one of its products, made anew for each
 * version of the weights: all micro-batches of a step share it.
 */
final class DnnlPackedWeight {
    // the layout must not depend on which micro-batch comes first: bits could follow it
    private static final int TYPICAL_ROWS = 32;

    private record Size(int rows, boolean accumulate) {}

    private final DnnlProducts products;
    private final int type;
    private final int k;
    private final int n;
    private final MemorySegment layout;
    private final DnnlPrimitive pack;
    private final Map<Size, DnnlPrimitive> prepared = new HashMap<>();
    private @Nullable MemorySegment packed;
    private long version;

    /**
     * @param type of what is multiplied
     * @param k rows of the matrix as the product has it
     * @param n columns of it
     * @param weights the layout that they come in, k x n
     */
    DnnlPackedWeight(DnnlProducts products, int type, int k, int n, MemorySegment weights) {
        this.products = products;
        this.type = type;
        this.k = k;
        this.n = n;
        this.layout = products.wanted(type, TYPICAL_ROWS, k, n);
        this.pack = products.reorder(weights, layout);
    }

    /** {@code result = source W}, or added to it; source: rows x k of the type without gaps, result: rows x n. */
    void multiply(int rows, MemorySegment source, Linear.Weight weight, boolean accumulate, MemorySegment result) {
        DnnlPrimitive product = prepared.computeIfAbsent(new Size(rows, accumulate), this::product);
        products.run(product, source, of(weight), result);
    }

    private DnnlPrimitive product(Size size) {
        return products.product(
                products.rows(type, size.rows, k), layout, products.rows(DnnlApi.F32, size.rows, n), size.accumulate);
    }

    private MemorySegment of(Linear.Weight weight) {
        MemorySegment copy = packed;
        if (copy == null) {
            copy = Memory.allocate(products.arena(), (products.bytes(layout) + Float.BYTES - 1) / Float.BYTES);
            packed = copy;
        } else if (version == weight.version()) {
            return copy;
        }
        products.run(pack, weight.memory(), copy);
        version = weight.version();
        return copy;
    }
}
