package millrace.nn.kernel.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Window;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Convolution by oneDNN's primitives, made once for each number of rows; they choose their layouts themselves. What is
 * multiplied may be of another type than what is added up, which is float32.
 */
final class DnnlConvolution implements Convolution {
    private static final int SOURCE = 1;
    private static final int RESULT = 17;
    private static final int FILTERS = 33;
    private static final int BIAS = 41;
    private static final int SOURCE_GRADIENT = 129;
    private static final int RESULT_GRADIENT = 145;
    private static final int FILTERS_GRADIENT = 161;
    private static final int SOURCE_LAYOUT = 129;
    private static final int SOURCE_GRADIENT_LAYOUT = 130;
    private static final int FILTERS_LAYOUT = 131;
    private static final int FILTERS_GRADIENT_LAYOUT = 132;
    private static final int RESULT_LAYOUT = 133;
    private static final int RESULT_GRADIENT_LAYOUT = 134;

    private final OneDnn library;
    private final DnnlApi api;
    private final Sizes sizes;
    private final int factors;
    private final Kernels adds;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stream;
    private final MemorySegment noBias;
    private final MemorySegment gradient;
    private final Map<Integer, ForRows> prepared = new HashMap<>();

    /**
     * @param factors type of what is multiplied
     * @param adds what adds gradients to those that are there
     */
    DnnlConvolution(OneDnn library, Sizes sizes, int factors, Kernels adds) {
        this.library = library;
        this.api = library.primitives();
        this.sizes = sizes;
        this.factors = factors;
        this.adds = adds;
        this.stream = api.stream();
        this.noBias = Memory.allocate(arena, sizes.outputs());
        this.gradient = Memory.allocate(arena, sizes.outputs() * sizes.filterStride());
    }

    /** The three primitives for one number of rows. */
    private final class ForRows {
        private final List<MemorySegment> layouts = new ArrayList<>();
        private final MemorySegment source;
        private final MemorySegment filters;
        private final MemorySegment result;
        private final DnnlPrimitive forward;
        private final DnnlPrimitive backwardInput;
        private final DnnlPrimitive backwardWeight;
        private final List<DnnlArgument> forwardArguments;
        private final List<DnnlArgument> inputArguments;
        private final List<DnnlArgument> weightArguments;

        ForRows(int rows) {
            long[] sourceSizes = {rows, sizes.channels(), sizes.height(), sizes.width()};
            long[] resultSizes = {rows, sizes.outputs(), sizes.outputHeight(), sizes.outputWidth()};
            this.source = own(api.strided(DnnlApi.F32, sourceSizes, plain(sourceSizes)));
            this.result = own(api.strided(DnnlApi.F32, resultSizes, plain(resultSizes)));
            this.filters = own(api.strided(DnnlApi.F32, filterSizes(), filterStrides()));
            MemorySegment sourceFactor = own(api.chosen(factors, sourceSizes));
            MemorySegment filterFactor = own(api.chosen(factors, filterSizes()));
            MemorySegment resultFactor = own(api.chosen(factors, resultSizes));
            MemorySegment sourceSum = own(api.chosen(DnnlApi.F32, sourceSizes));
            MemorySegment filterSum = own(api.chosen(DnnlApi.F32, filterSizes()));
            MemorySegment resultSum = own(api.chosen(DnnlApi.F32, resultSizes));
            MemorySegment bias = own(api.strided(DnnlApi.F32, new long[] {sizes.outputs()}, new long[] {1}));
            Window window = sizes.window();
            MemorySegment strides = both(window.down().stride(), window.across().stride());
            MemorySegment dilation =
                    both(window.down().dilation() - 1, window.across().dilation() - 1);
            MemorySegment padding =
                    both(window.down().padding(), window.across().padding());
            MemorySegment none = MemorySegment.NULL;
            MemorySegment described = api.create(
                    "dnnl_convolution_forward_primitive_desc_create",
                    api.engine(),
                    DnnlApi.FORWARD_TRAINING,
                    DnnlApi.DIRECT,
                    sourceFactor,
                    filterFactor,
                    bias,
                    resultSum,
                    strides,
                    dilation,
                    padding,
                    padding,
                    none);
            MemorySegment describedInput = api.create(
                    "dnnl_convolution_backward_data_primitive_desc_create",
                    api.engine(),
                    DnnlApi.DIRECT,
                    sourceSum,
                    filterFactor,
                    resultFactor,
                    strides,
                    dilation,
                    padding,
                    padding,
                    described,
                    none);
            MemorySegment describedWeight = api.create(
                    "dnnl_convolution_backward_weights_primitive_desc_create",
                    api.engine(),
                    DnnlApi.DIRECT,
                    sourceFactor,
                    filterSum,
                    none,
                    resultFactor,
                    strides,
                    dilation,
                    padding,
                    padding,
                    described,
                    none);
            this.forwardArguments = arguments(described, SOURCE_LAYOUT, FILTERS_LAYOUT, RESULT_LAYOUT);
            this.inputArguments =
                    arguments(describedInput, SOURCE_GRADIENT_LAYOUT, FILTERS_LAYOUT, RESULT_GRADIENT_LAYOUT);
            this.weightArguments =
                    arguments(describedWeight, SOURCE_LAYOUT, FILTERS_GRADIENT_LAYOUT, RESULT_GRADIENT_LAYOUT);
            this.backwardInput = primitive(
                    describedInput,
                    List.of(SOURCE_GRADIENT, FILTERS, RESULT_GRADIENT),
                    SOURCE_GRADIENT_LAYOUT,
                    FILTERS_LAYOUT,
                    RESULT_GRADIENT_LAYOUT);
            this.backwardWeight = primitive(
                    describedWeight,
                    List.of(SOURCE, FILTERS_GRADIENT, RESULT_GRADIENT),
                    SOURCE_LAYOUT,
                    FILTERS_GRADIENT_LAYOUT,
                    RESULT_GRADIENT_LAYOUT);
            this.forward = new DnnlPrimitive(
                    api,
                    arena,
                    described,
                    List.of(SOURCE, FILTERS, RESULT, BIAS),
                    List.of(
                            api.layout(described, SOURCE_LAYOUT),
                            api.layout(described, FILTERS_LAYOUT),
                            api.layout(described, RESULT_LAYOUT),
                            bias));
        }

        private MemorySegment own(MemorySegment layout) {
            layouts.add(layout);
            return layout;
        }

        private DnnlPrimitive primitive(
                MemorySegment description, List<Integer> numbers, int source, int filters, int result) {
            return new DnnlPrimitive(
                    api,
                    arena,
                    description,
                    numbers,
                    List.of(
                            api.layout(description, source),
                            api.layout(description, filters),
                            api.layout(description, result)));
        }

        private List<DnnlArgument> arguments(MemorySegment description, int ofSource, int ofFilters, int ofResult) {
            return List.of(
                    new DnnlArgument(api, arena, source, api.layout(description, ofSource)),
                    new DnnlArgument(api, arena, filters, api.layout(description, ofFilters)),
                    new DnnlArgument(api, arena, result, api.layout(description, ofResult)));
        }

        void close() {
            List.of(forwardArguments, inputArguments, weightArguments)
                    .forEach(list -> list.forEach(DnnlArgument::close));
            backwardInput.close();
            backwardWeight.close();
            forward.close();
            layouts.forEach(layout -> api.call("dnnl_memory_desc_destroy", layout));
        }
    }

    private long[] filterSizes() {
        Window window = sizes.window();
        int groups = sizes.groups();
        return new long[] {
            groups,
            sizes.outputs() / groups,
            sizes.channels() / groups,
            window.down().size(),
            window.across().size()
        };
    }

    private long[] filterStrides() {
        Window window = sizes.window();
        long ofGroup = sizes.outputs() / sizes.groups() * sizes.filterStride();
        return new long[] {
            ofGroup, sizes.filterStride(), window.area(), window.across().size(), 1
        };
    }

    /** Strides of dimensions without gaps. */
    private static long[] plain(long[] dimensions) {
        long[] strides = new long[dimensions.length];
        long stride = 1;
        for (int i = dimensions.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(1, dimensions[i]);
        }
        return strides;
    }

    private MemorySegment both(long down, long across) {
        return arena.allocateFrom(JAVA_LONG, down, across);
    }

    private ForRows forRows(int rows) {
        library.useOneThread();
        return prepared.computeIfAbsent(rows, ForRows::new);
    }

    @Override
    public void forward(
            int rows, MemorySegment x, MemorySegment filters, @Nullable MemorySegment bias, MemorySegment y) {
        if (rows > 0) {
            ForRows made = forRows(rows);
            made.forward.run(
                    stream,
                    made.forwardArguments.get(0).read(stream, x),
                    made.forwardArguments.get(1).read(stream, filters),
                    made.forwardArguments.get(2).written(y),
                    bias == null ? noBias : bias);
            made.forwardArguments.get(2).finish(stream, y);
        }
    }

    @Override
    public void backwardInput(int rows, MemorySegment dy, MemorySegment filters, MemorySegment dx) {
        if (rows > 0) {
            ForRows made = forRows(rows);
            made.backwardInput.run(
                    stream,
                    made.inputArguments.get(0).written(dx),
                    made.inputArguments.get(1).read(stream, filters),
                    made.inputArguments.get(2).read(stream, dy));
            made.inputArguments.get(0).finish(stream, dx);
        }
    }

    @Override
    public void backwardWeight(int rows, MemorySegment x, MemorySegment dy, boolean accumulate, MemorySegment target) {
        if (rows == 0) {
            if (!accumulate) {
                target.fill((byte) 0);
            }
            return;
        }
        ForRows made = forRows(rows);
        MemorySegment to = accumulate ? gradient : target;
        made.backwardWeight.run(
                stream,
                made.weightArguments.get(0).read(stream, x),
                made.weightArguments.get(1).written(to),
                made.weightArguments.get(2).read(stream, dy));
        made.weightArguments.get(1).finish(stream, to);
        if (accumulate) {
            adds.add(target, gradient, target, sizes.outputs() * sizes.filterStride());
        }
    }

    @Override
    public void close() {
        // first, because it refuses to be closed twice
        arena.close();
        prepared.values().forEach(ForRows::close);
        api.call("dnnl_stream_destroy", stream);
    }
}
