package millrace.nn.kernel.dnnl;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.kernel.Linear;
import org.jspecify.annotations.Nullable;

/**
 * A weight matrix as the second factor of oneDNN's products: as it lies in memory, or as a copy in the layout, and of the type,
 * that oneDNN wants, made anew for each version of the weights that is multiplied.
 */
final class DnnlFactor {
    // the layout must not depend on which micro-batch comes first: bits could follow it
    private static final int TYPICAL_ROWS = 32;

    /**
     * How the matrix lies, as the product has it: k x n.
     *
     * @param type of its elements
     * @param down elements from one of its rows to the next
     * @param right elements from one of its columns to the next
     */
    record Matrix(int type, int k, int n, long down, long right) {}

    /** What products are added to. */
    private enum Sum {
        ALONE,
        WITH_RESULT,
        WITH_BIAS
    }

    private record Size(int rows, Sum sum) {}

    private record Copy(MemorySegment layout, DnnlPrimitive pack, MemorySegment memory) {}

    private final DnnlProducts products;
    private final Matrix matrix;
    private final MemorySegment asItLies;
    private final int type;
    private final boolean packs;
    private final Map<Size, DnnlPrimitive> prepared = new HashMap<>();
    private @Nullable Copy copy;
    private long version;

    private DnnlFactor(DnnlProducts products, Matrix matrix, int type, boolean packs) {
        this.products = products;
        this.matrix = matrix;
        this.asItLies = products.matrix(matrix.type, matrix.k, matrix.n, matrix.down, matrix.right);
        this.type = type;
        this.packs = packs;
    }

    /** The matrix as it lies. */
    static DnnlFactor plain(DnnlProducts products, Matrix matrix) {
        return new DnnlFactor(products, matrix, matrix.type, false);
    }

    /**
     * A copy of it.
     *
     * @param type of what is multiplied
     */
    static DnnlFactor packed(DnnlProducts products, Matrix matrix, int type) {
        return new DnnlFactor(products, matrix, type, true);
    }

    /** {@code result = source W}, or added to it; source: rows x k of the type without gaps, result: rows x n. */
    void multiply(int rows, MemorySegment source, Linear.Weight weight, boolean accumulate, MemorySegment result) {
        run(new Size(rows, accumulate ? Sum.WITH_RESULT : Sum.ALONE), weight, source, result);
    }

    /** {@code result = source W + bias}; bias: n, added after all products. */
    void multiply(int rows, MemorySegment source, Linear.Weight weight, MemorySegment bias, MemorySegment result) {
        run(new Size(rows, Sum.WITH_BIAS), weight, source, result, bias);
    }

    private void run(Size size, Linear.Weight weight, MemorySegment source, MemorySegment... others) {
        Copy packed = packs ? packed(weight) : null;
        MemorySegment layout = packed == null ? asItLies : packed.layout;
        MemorySegment[] data = new MemorySegment[2 + others.length];
        data[0] = source;
        data[1] = packed == null ? weight.memory() : packed.memory;
        System.arraycopy(others, 0, data, 2, others.length);
        products.run(prepared.computeIfAbsent(size, wanted -> product(wanted, layout)), data);
    }

    private DnnlPrimitive product(Size size, MemorySegment layout) {
        MemorySegment source = products.rows(type, size.rows, matrix.k);
        MemorySegment result = products.rows(DnnlApi.F32, size.rows, matrix.n);
        return switch (size.sum) {
            case ALONE -> products.product(source, layout, result, false);
            case WITH_RESULT -> products.product(source, layout, result, true);
            case WITH_BIAS -> products.productWithBias(source, layout, result, products.rows(DnnlApi.F32, 1, matrix.n));
        };
    }

    private Copy packed(Linear.Weight weight) {
        Copy packed = copy;
        if (packed != null && version == weight.version()) {
            return packed;
        }
        if (packed == null) {
            MemorySegment layout = products.wanted(type, TYPICAL_ROWS, matrix.k, matrix.n);
            DnnlPrimitive pack = products.reorder(asItLies, layout);
            packed = new Copy(layout, pack, products.allocate(layout));
            copy = packed;
        }
        products.run(packed.pack, weight.memory(), packed.memory);
        version = weight.version();
        return packed;
    }
}
