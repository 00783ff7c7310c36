package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Linear;
import millrace.nn.random.RandomStream;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A parameter with its memory: value and gradient, as rows that are {@link #stride()} elements apart.
 *
 * <p>Some rows are padded by one cache line ({@link Linear#usualStride}); which ones, the kernels know that multiply
 * them. The padding is zero and stays zero.
 */
public final class Parameter {
    /** Floats of a cache line. */
    static final int PADDING = Linear.PADDING;

    private final int layer;
    private final ParameterSpec spec;
    private final int rows;
    private final int columns;
    private final long stride;
    private MemorySegment value;
    private Linear.Weight weight;
    private final MemorySegment gradient;
    private @Nullable Linear completion;
    private GradientClock clock = new GradientClock();

    /** A parameter whose rows are padded as usual. */
    public Parameter(Arena arena, int layer, int index, ParameterSpec spec, long seed) {
        this(arena, layer, index, spec, seed, Linear::usualStride);
    }

    /** How far the rows of a matrix are apart. */
    @FunctionalInterface
    public interface Spacing {
        /** Elements from one row to the next. */
        long stride(int rows, int columns);
    }

    /**
     * Allocates the parameter and draws its values.
     *
     * @param layer index in the whole model, so that any partition draws the same values
     */
    public Parameter(Arena arena, int layer, int index, ParameterSpec spec, long seed, Spacing spacing) {
        this.layer = layer;
        this.spec = spec;
        Shape shape = spec.shape();
        this.rows = shape.rank() < 2 ? 1 : shape.dimension(0);
        this.columns = Math.toIntExact(shape.size() / rows);
        this.stride = spacing.stride(rows, columns);
        this.value = allocate(arena);
        this.gradient = allocate(arena);
        this.weight = new Linear.Weight(value, 0);
        RandomStream random = RandomStream.of(
                seed, RandomStream.Purpose.INITIALISE, spec.tiedTo().orElse(layer), index);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                double draw = spec.initializer().draw(random, spec.fanIn(), spec.fanOut());
                value.setAtIndex(JAVA_FLOAT, r * stride + c, (float) draw);
            }
        }
    }

    /** Zeroed memory laid out as this parameter, padded to whole vectors: for gradients and optimizer state. */
    public MemorySegment allocate(Arena arena) {
        return Memory.allocate(arena, (elements() + PADDING - 1) / PADDING * PADDING);
    }

    /** Index of its layer in the whole model. */
    public int layer() {
        return layer;
    }

    /** PyTorch's name in an nn.Sequential: {@code 0.weight}. */
    public String name() {
        return layer + "." + spec.name();
    }

    /** Its description. */
    public ParameterSpec spec() {
        return spec;
    }

    /** PyTorch's shape, without padding. */
    public Shape shape() {
        return spec.shape();
    }

    /** Elements from one row to the next. */
    public long stride() {
        return stride;
    }

    /** Elements with the padding of rows. */
    public long elements() {
        return rows * stride;
    }

    /** The weights as the layers see them now, laid out in rows of {@link #stride} elements. */
    public MemorySegment value() {
        return value;
    }

    /**
     * From now on the value is what another memory holds: another version of the weights.
     *
     * @param memory laid out by {@link #allocate}
     */
    public void use(MemorySegment memory) {
        if (memory.address() != value.address()) {
            value = memory;
            changed();
        }
    }

    /** To be called by whoever has written weights to {@link #value}: layers may keep a copy in a form of their own. */
    public void changed() {
        weight = new Linear.Weight(value, weight.version() + 1);
    }

    /** The value, with a number that no earlier value of this parameter has had. */
    Linear.Weight weight() {
        return weight;
    }

    /**
     * The sum of the gradients since, and with, the last one that was not added to those before it. What a layer has put off
     * of it is done first, which may take as long as a backward pass.
     */
    public MemorySegment gradient() {
        if (completion != null) {
            clock.enter();
            completion.finishWeight();
            clock.leave();
        }
        return gradient;
    }

    /**
     * Hands out the gradient block after block of its rows: what a layer has put off of a block is done right before, so that
     * it is still in the cache. A parameter that is no matrix has one row.
     *
     * @param then is told of all rows, each once, in ascending order; they are in {@link #gradientMemory()}
     */
    public void completeGradient(Linear.RowsMade then) {
        if (completion == null) {
            then.made(0, rows);
            return;
        }
        clock.enter();
        completion.finishWeight(rows, (from, count) -> {
            clock.leave();
            then.made(from, count);
            clock.enter();
        });
        clock.leave();
    }

    /** Where the gradient is, as far as it was made. */
    public MemorySegment gradientMemory() {
        return gradient;
    }

    /** What a layer has put off is timed by this. */
    public void timedBy(GradientClock other) {
        clock = other;
    }

    /** Lets products put off a part of that: it is done before anybody else gets the gradient. */
    void completeBy(Linear products) {
        if (completion != null) {
            throw new IllegalStateException(name() + ": a second layer that puts off gradients (expected: one)");
        }
        completion = products;
    }

    /** Bytes that are held for the part of the gradient that is put off. */
    public long gatheredBytes() {
        return completion == null ? 0 : completion.gatheredBytes();
    }

    /** Copies memory laid out as this parameter to {@code target}, rows close together. */
    public void pack(MemorySegment source, MemorySegment target) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(source, r * stride * Float.BYTES, target, (long) r * columns * Float.BYTES, rowBytes());
        }
    }

    /** Copies rows that are close together into memory laid out as this parameter. */
    public void unpack(MemorySegment source, MemorySegment target) {
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(source, (long) r * columns * Float.BYTES, target, r * stride * Float.BYTES, rowBytes());
        }
    }

    /**
     * Copies some of the elements of memory laid out as this parameter.
     *
     * @param from first element, counted in {@link #shape}, row after row, without padding
     * @param to end of the elements
     * @param at where they come to be in the target, in elements
     */
    public void packRange(MemorySegment source, long from, long to, MemorySegment target, long at) {
        eachRun(from, to, (place, element, count) -> copy(source, place, target, at + element - from, count));
    }

    /** As {@link #packRange} the other way: elements that are close together, from {@code at} on, come to their places. */
    public void unpackRange(MemorySegment source, long at, MemorySegment target, long from, long to) {
        eachRun(from, to, (place, element, count) -> copy(source, at + element - from, target, place, count));
    }

    private static void copy(MemorySegment source, long from, MemorySegment target, long to, long count) {
        MemorySegment.copy(source, from * Float.BYTES, target, to * Float.BYTES, count * Float.BYTES);
    }

    @FunctionalInterface
    private interface RunUse {
        /**
         * @param place in memory laid out as this parameter
         * @param element the same, counted without padding
         */
        void run(long place, long element, long count);
    }

    /** Elements that lie close together in memory laid out as this parameter. */
    private void eachRun(long from, long to, RunUse use) {
        long length = stride == columns ? elements() : columns;
        for (long element = from; element < to; ) {
            long within = element % length;
            long count = Math.min(to - element, length - within);
            use.run(element / length * (stride == columns ? length : stride) + within, element, count);
            element += count;
        }
    }

    private long rowBytes() {
        return (long) columns * Float.BYTES;
    }
}
