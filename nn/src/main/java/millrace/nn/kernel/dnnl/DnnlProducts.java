package millrace.nn.kernel.dnnl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import millrace.nn.tensor.Memory;

/**
 * oneDNN's products and copies of matrices for one owner: what it makes lives until it is closed. Primitives are made by the
 * thread that runs them, as oneDNN asks for.
 */
final class DnnlProducts {
    private static final int SOURCE = 1;
    private static final int RESULT = 17;
    private static final int WEIGHTS = 33;
    private static final int BIAS = 41;
    private static final int WEIGHTS_LAYOUT = 131;

    private final OneDnn library;
    private final DnnlApi api;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stream;
    private final MemorySegment accumulating;
    private final List<MemorySegment> layouts = new ArrayList<>();
    private final List<DnnlPrimitive> primitives = new ArrayList<>();

    DnnlProducts(OneDnn library) {
        this.library = library;
        this.api = library.primitives();
        this.stream = api.stream();
        this.accumulating = api.addingToResult();
    }

    /** Where memory comes from that lives as long. */
    Arena arena() {
        return arena;
    }

    /** A matrix with so many elements from one row, and from one column, to the next. */
    MemorySegment matrix(int type, long rows, long columns, long down, long right) {
        return own(api.strided(type, new long[] {rows, columns}, new long[] {down, right}));
    }

    /** A matrix without gaps. */
    MemorySegment rows(int type, long rows, long columns) {
        return matrix(type, rows, columns, columns, 1);
    }

    /** Matrices of one size, with so many elements from one to the next, else as {@link #matrix}. */
    MemorySegment matrices(int type, long count, long rows, long columns, long apart, long down, long right) {
        return own(api.strided(type, new long[] {count, rows, columns}, new long[] {apart, down, right}));
    }

    private MemorySegment own(MemorySegment layout) {
        layouts.add(layout);
        return layout;
    }

    /** The layout, of k x n, that the product of so many rows with weights wants these in. */
    MemorySegment wanted(int type, int rows, int k, int n) {
        MemorySegment any = own(api.chosen(type, new long[] {k, n}));
        library.useOneThread();
        MemorySegment description =
                describe(rows(type, rows, k), any, MemorySegment.NULL, rows(DnnlApi.F32, rows, n), MemorySegment.NULL);
        MemorySegment layout = own(api.copy(api.layout(description, WEIGHTS_LAYOUT)));
        api.call("dnnl_primitive_desc_destroy", description);
        return layout;
    }

    /** Bytes of a memory of this layout. */
    long bytes(MemorySegment layout) {
        return api.bytes(layout);
    }

    /** Memory of this layout, which lives as long. */
    MemorySegment allocate(MemorySegment layout) {
        return Memory.allocate(arena, (bytes(layout) + Float.BYTES - 1) / Float.BYTES);
    }

    /** Copies from one layout, or type, to another. */
    DnnlPrimitive reorder(MemorySegment from, MemorySegment to) {
        library.useOneThread();
        return own(DnnlPrimitive.reorder(api, arena, from, to));
    }

    /** The product of a matrix with weights, or of each of several with another one. */
    DnnlPrimitive product(MemorySegment source, MemorySegment weights, MemorySegment result, boolean accumulate) {
        library.useOneThread();
        MemorySegment attributes = accumulate ? accumulating : MemorySegment.NULL;
        MemorySegment description = describe(source, weights, MemorySegment.NULL, result, attributes);
        return own(new DnnlPrimitive(
                api, arena, description, List.of(SOURCE, WEIGHTS, RESULT), List.of(source, weights, result)));
    }

    /** The product of a matrix with weights, to each of whose rows a bias is added; the bias is the last argument. */
    DnnlPrimitive productWithBias(
            MemorySegment source, MemorySegment weights, MemorySegment result, MemorySegment bias) {
        library.useOneThread();
        MemorySegment description = describe(source, weights, bias, result, MemorySegment.NULL);
        return own(new DnnlPrimitive(
                api,
                arena,
                description,
                List.of(SOURCE, WEIGHTS, RESULT, BIAS),
                List.of(source, weights, result, bias)));
    }

    private DnnlPrimitive own(DnnlPrimitive primitive) {
        primitives.add(primitive);
        return primitive;
    }

    private MemorySegment describe(
            MemorySegment source,
            MemorySegment weights,
            MemorySegment bias,
            MemorySegment result,
            MemorySegment attributes) {
        return api.create("dnnl_matmul_primitive_desc_create", api.engine(), source, weights, bias, result, attributes);
    }

    void run(DnnlPrimitive primitive, MemorySegment... data) {
        library.useOneThread();
        primitive.run(stream, data);
    }

    void close() {
        // first, because it refuses to be closed twice
        arena.close();
        primitives.forEach(DnnlPrimitive::close);
        layouts.forEach(layout -> api.call("dnnl_memory_desc_destroy", layout));
        api.call("dnnl_primitive_attr_destroy", accumulating);
        api.call("dnnl_stream_destroy", stream);
    }
}
