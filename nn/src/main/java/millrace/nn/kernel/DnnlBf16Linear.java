package millrace.nn.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * The products of a weight matrix by a processor's own bfloat16 instructions, which add up in float32. Of the weights
 * there are two rounded copies, each in the layout that oneDNN wants for its product; they are made anew for each
 * version of the weights, so that all micro-batches of a step share them. The other factors are rounded for each product.
 *
 * <p>A gradient as large as the weights is read and written by each product that is added to it, which takes longer than
 * multiplying few rows. So the rounded rows of several micro-batches are held for one product, where that is allowed: bits
 * then follow from which micro-batches lie between two readings of the gradient.
 */
final class DnnlBf16Linear implements Linear {
    private static final int SOURCE = 1;
    private static final int RESULT = 17;
    private static final int WEIGHTS = 33;
    private static final int WEIGHTS_LAYOUT = 131;
    // the layout of the weights must not depend on which micro-batch comes first: bits could follow it
    private static final int TYPICAL_ROWS = 32;
    private static final int MOST_HELD_ROWS = 256;

    private final OneDnn library;
    private final DnnlApi api;
    private final Sizes sizes;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stream;
    private final MemorySegment accumulating;
    private final Packed forForward;
    private final Packed forInput;
    private final boolean putsOff;
    private final Rounded rounded = new Rounded();
    private final Rounded inputs = new Rounded();
    private final Rounded deltas = new Rounded();
    private final Map<Product, DnnlPrimitive> products = new HashMap<>();
    private final List<MemorySegment> layouts = new ArrayList<>();
    private int held;
    private boolean adds = true;

    private enum Pass {
        FORWARD,
        BACKWARD_INPUT,
        BACKWARD_WEIGHT
    }

    private record Product(Pass pass, int rows, boolean accumulate) {}

    /**
     * @param putsOff whether rows of several micro-batches may become one product
     */
    DnnlBf16Linear(OneDnn library, Sizes sizes, boolean putsOff) {
        this.library = library;
        this.putsOff = putsOff;
        this.api = library.primitives();
        this.sizes = sizes;
        this.stream = api.stream();
        this.accumulating = api.addingToResult();
        int in = sizes.in();
        int out = sizes.out();
        long stride = sizes.stride();
        this.forForward = new Packed(in, out, plain(DnnlApi.F32, in, out, 1, stride));
        this.forInput = new Packed(out, in, plain(DnnlApi.F32, out, in, stride, 1));
    }

    /** The weights as one of the products wants them: rounded, in oneDNN's layout. */
    private final class Packed {
        private final MemorySegment layout;
        private final DnnlPrimitive pack;
        private @Nullable MemorySegment memory;
        private long version;

        /**
         * @param k rows of the matrix as the product has it
         * @param n columns of it
         */
        Packed(int k, int n, MemorySegment weights) {
            MemorySegment description = matmul(
                    rows(DnnlApi.BF16, TYPICAL_ROWS, k),
                    own(api.chosen(DnnlApi.BF16, new long[] {k, n})),
                    rows(DnnlApi.F32, TYPICAL_ROWS, n),
                    MemorySegment.NULL);
            this.layout = own(api.copy(api.layout(description, WEIGHTS_LAYOUT)));
            api.call("dnnl_primitive_desc_destroy", description);
            this.pack = reorder(weights, layout);
        }

        MemorySegment of(Weight weight) {
            MemorySegment packed = memory;
            if (packed == null) {
                packed = Memory.allocate(arena, (api.bytes(layout) + Float.BYTES - 1) / Float.BYTES);
                memory = packed;
            } else if (version == weight.version()) {
                return packed;
            }
            pack.run(stream, weight.memory(), packed);
            version = weight.version();
            return packed;
        }
    }

    /** Room for rows of activations or deltas, rounded. */
    private final class Rounded {
        private record Size(int rows, int columns, long stride) {}

        private final Map<Size, DnnlPrimitive> reorders = new HashMap<>();
        private MemorySegment memory = MemorySegment.NULL;

        MemorySegment of(int rows, int columns, MemorySegment from, long stride) {
            put(0, rows, columns, from, stride);
            return memory;
        }

        /** Rows after so many that are there. */
        void put(int before, int rows, int columns, MemorySegment from, long stride) {
            long row = (long) columns * Short.BYTES;
            if (memory.byteSize() < (before + rows) * row) {
                // the one before lives on, until all is closed: there are few sizes
                long bytes = Math.max(before + rows, putsOff ? MOST_HELD_ROWS : 0) * row;
                MemorySegment wider = Memory.allocate(arena, (bytes + Float.BYTES - 1) / Float.BYTES);
                MemorySegment.copy(memory, 0, wider, 0, before * row);
                memory = wider;
            }
            reorders.computeIfAbsent(new Size(rows, columns, stride), this::reorder)
                    .run(stream, from, memory.asSlice(before * row));
        }

        private DnnlPrimitive reorder(Size size) {
            return DnnlBf16Linear.this.reorder(
                    plain(DnnlApi.F32, size.rows, size.columns, size.stride, 1),
                    rows(DnnlApi.BF16, size.rows, size.columns));
        }

        void close() {
            reorders.values().forEach(DnnlPrimitive::close);
        }
    }

    private MemorySegment own(MemorySegment layout) {
        layouts.add(layout);
        return layout;
    }

    private MemorySegment plain(int type, long rows, long columns, long down, long right) {
        return own(api.strided(type, new long[] {rows, columns}, new long[] {down, right}));
    }

    private MemorySegment rows(int type, long rows, long columns) {
        return plain(type, rows, columns, columns, 1);
    }

    private DnnlPrimitive reorder(MemorySegment from, MemorySegment to) {
        return DnnlPrimitive.reorder(api, arena, from, to);
    }

    private MemorySegment matmul(
            MemorySegment source, MemorySegment weights, MemorySegment result, MemorySegment attributes) {
        return api.create(
                "dnnl_matmul_primitive_desc_create",
                api.engine(),
                source,
                weights,
                MemorySegment.NULL,
                result,
                attributes);
    }

    private DnnlPrimitive product(Pass pass, int rows, boolean accumulate) {
        library.useOneThread();
        return products.computeIfAbsent(new Product(pass, rows, accumulate), this::product);
    }

    private DnnlPrimitive product(Product product) {
        int rows = product.rows;
        int in = sizes.in();
        int out = sizes.out();
        return switch (product.pass) {
            case FORWARD ->
                product(
                        rows(DnnlApi.BF16, rows, in),
                        forForward.layout,
                        rows(DnnlApi.F32, rows, out),
                        product.accumulate);
            case BACKWARD_INPUT ->
                product(
                        rows(DnnlApi.BF16, rows, out),
                        forInput.layout,
                        rows(DnnlApi.F32, rows, in),
                        product.accumulate);
            case BACKWARD_WEIGHT ->
                product(
                        plain(DnnlApi.BF16, out, rows, 1, out),
                        rows(DnnlApi.BF16, rows, in),
                        plain(DnnlApi.F32, out, in, sizes.stride(), 1),
                        product.accumulate);
        };
    }

    private DnnlPrimitive product(
            MemorySegment source, MemorySegment weights, MemorySegment result, boolean accumulate) {
        MemorySegment description = matmul(source, weights, result, accumulate ? accumulating : MemorySegment.NULL);
        return new DnnlPrimitive(
                api, arena, description, List.of(SOURCE, WEIGHTS, RESULT), List.of(source, weights, result));
    }

    @Override
    public void forward(int rows, MemorySegment x, Weight weight, boolean accumulate, MemorySegment y) {
        if (rows > 0) {
            product(Pass.FORWARD, rows, accumulate)
                    .run(stream, rounded.of(rows, sizes.in(), x, sizes.in()), forForward.of(weight), y);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, Weight weight, boolean accumulate, MemorySegment dx) {
        if (rows > 0) {
            product(Pass.BACKWARD_INPUT, rows, accumulate)
                    .run(stream, rounded.of(rows, sizes.out(), dy, sizes.out()), forInput.of(weight), dx);
        }
    }

    @Override
    public void backwardWeight(
            int rows, MemorySegment x, MemorySegment dy, long stride, boolean accumulate, MemorySegment gradient) {
        if (!accumulate) {
            held = 0;
            adds = false;
        }
        if (rows == 0) {
            if (!accumulate) {
                gradient.fill((byte) 0);
                adds = true;
            }
            return;
        }
        if (held + rows > MOST_HELD_ROWS) {
            finishWeight(gradient);
        }
        library.useOneThread();
        deltas.put(held, rows, sizes.out(), dy, stride);
        inputs.put(held, rows, sizes.in(), x, sizes.in());
        held += rows;
        if (!putsOff) {
            finishWeight(gradient);
        }
    }

    @Override
    public void finishWeight(MemorySegment gradient) {
        if (held > 0) {
            product(Pass.BACKWARD_WEIGHT, held, adds).run(stream, deltas.memory, inputs.memory, gradient);
            held = 0;
            adds = true;
        }
    }

    @Override
    public void close() {
        products.values().forEach(DnnlPrimitive::close);
        rounded.close();
        inputs.close();
        deltas.close();
        forForward.pack.close();
        forInput.pack.close();
        layouts.forEach(layout -> api.call("dnnl_memory_desc_destroy", layout));
        api.call("dnnl_primitive_attr_destroy", accumulating);
        api.call("dnnl_stream_destroy", stream);
        arena.close();
    }
}
