package millrace.nn.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A dense array outside the heap: element type, shape (row-major, batch first) and memory, 64-byte aligned and in
 * native byte order.
 *
 * <p><b>Holds.</b> The memory of a tensor from a {@link TensorPool} is used again when nobody needs the tensor any longer,
 * which is counted: a <em>hold</em> is one of the tensor's references that are counted. {@link TensorPool#take} gives a tensor
 * with one hold, {@link #retain} adds one, {@link #release} gives one up, and with the last one the memory goes back to its
 * pool. Where documentation says that a method <em>takes over</em> a hold, it releases the tensor when it is done with it, and
 * the caller must not use the tensor any longer, unless it has retained it before; a tensor that is returned <em>with one
 * hold</em> is the caller's to release; where it says nothing, the caller keeps its hold. A message hands one hold over to
 * its receiver, and from then on the tensor is read-only for everybody. {@link #reshape} and {@link #part} give views that
 * share the holds of their tensor. A tensor that does not come from a pool lives as long as its arena; {@code retain} and
 * {@code release} do nothing to it.
 */
public final class Tensor {
    private final MemorySegment memory;
    private final ElementType type;
    private final Shape shape;
    private final TensorPool.@Nullable Lease lease;

    Tensor(MemorySegment memory, ElementType type, Shape shape, TensorPool.@Nullable Lease lease) {
        if (memory.byteSize() != shape.size() * type.bytes()) {
            throw new IllegalArgumentException("memory: " + memory.byteSize() + " bytes (expected: "
                    + shape.size() * type.bytes() + " for shape " + shape + ")");
        }
        this.memory = memory;
        this.type = type;
        this.shape = shape;
        this.lease = lease;
    }

    private Tensor(ElementType type, Shape shape) {
        this.memory = MemorySegment.NULL;
        this.type = type;
        this.shape = shape;
        this.lease = null;
    }

    /** A tensor of which only type and shape are known here: its elements are elsewhere, and reading them fails. */
    public static Tensor absent(ElementType type, Shape shape) {
        return new Tensor(type, shape);
    }

    /** Whether only type and shape are known here. */
    public boolean isAbsent() {
        return memory.byteSize() < shape.size() * type.bytes();
    }

    /** A zeroed tensor that lives as long as {@code arena}. */
    public static Tensor zeros(Arena arena, ElementType type, Shape shape) {
        long bytes = shape.size() * type.bytes();
        MemorySegment memory = Memory.allocate(arena, Math.ceilDiv(bytes, ElementType.MOST_BYTES));
        return new Tensor(memory.asSlice(0, bytes), type, shape, null);
    }

    /**
     * A float tensor of given values.
     *
     * @param values row-major, as many as the shape has elements; further ones are left out
     * @throws IndexOutOfBoundsException when there are fewer
     */
    public static Tensor of(Arena arena, Shape shape, float... values) {
        Tensor tensor = zeros(arena, ElementType.F32, shape);
        MemorySegment.copy(values, 0, tensor.memory, ValueLayout.JAVA_FLOAT, 0, Math.toIntExact(shape.size()));
        return tensor;
    }

    /** A one-dimensional tensor of class labels. */
    public static Tensor labels(Arena arena, int... values) {
        Tensor tensor = zeros(arena, ElementType.I32, Shape.of(values.length));
        MemorySegment.copy(values, 0, tensor.memory, ValueLayout.JAVA_INT, 0, values.length);
        return tensor;
    }

    /** The elements, row after row, without gaps. */
    public MemorySegment memory() {
        return memory;
    }

    /** What its elements are. */
    public ElementType type() {
        return type;
    }

    /** Its sizes, batch first. */
    public Shape shape() {
        return shape;
    }

    /** Size of the first dimension. */
    public int rows() {
        return shape.dimension(0);
    }

    /** Elements of one row; 0 for an empty tensor. */
    public int columns() {
        return rows() == 0 ? 0 : Math.toIntExact(shape.size() / rows());
    }

    /** An element of a float tensor, by its row-major index. */
    public float getFloat(long index) {
        return memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    /** Sets an element of a float tensor, by its row-major index. */
    public void setFloat(long index, float value) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
    }

    /** An element of an integer tensor, by its row-major index. */
    public int getInt(long index) {
        return memory.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    /** Sets an element of an integer tensor, by its row-major index. */
    public void setInt(long index, int value) {
        memory.setAtIndex(ValueLayout.JAVA_INT, index, value);
    }

    /** All elements, row-major, on the heap. */
    public float[] toFloats() {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    /**
     * The same memory and the same holds under another shape.
     *
     * @throws IllegalArgumentException when that has another size
     */
    public Tensor reshape(Shape other) {
        if (isAbsent() && other.size() == shape.size()) {
            return absent(type, other);
        }
        return other.equals(shape) ? this : new Tensor(memory, type, other, lease);
    }

    /**
     * Elements from {@code offset} on, without a copy and with the same holds, under a shape of their own.
     *
     * @throws IndexOutOfBoundsException when there are not so many
     */
    public Tensor part(long offset, Shape other) {
        return new Tensor(memory.asSlice(offset * type.bytes(), other.size() * type.bytes()), type, other, lease);
    }

    /**
     * Rows {@code from} (inclusive) to {@code to} (exclusive), without a copy.
     *
     * @throws IllegalStateException when the tensor comes from a pool
     * @throws IndexOutOfBoundsException when there are no such rows
     */
    public Tensor slice(int from, int to) {
        if (lease != null) {
            throw new IllegalStateException("slice of a pooled tensor (expected: one that lives with its arena)");
        }
        long row = shape.sample().size() * type.bytes();
        return new Tensor(
                memory.asSlice(from * row, (to - from) * row),
                type,
                shape.sample().batched(to - from),
                null);
    }

    /** The same elements in memory that no pool owns and that lives as long as it is referred to. */
    public Tensor copy() {
        Tensor copy = zeros(Arena.ofAuto(), type, shape);
        copy.memory.copyFrom(memory);
        return copy;
    }

    /** Adds a hold; returns this tensor. */
    public Tensor retain() {
        if (lease != null) {
            lease.retain();
        }
        return this;
    }

    /**
     * Gives up one hold; the last one returns the memory to its pool.
     *
     * @throws IllegalStateException when there is no hold left to give up
     */
    public void release() {
        if (lease != null) {
            lease.release();
        }
    }

    @Override
    public String toString() {
        return type + "[" + shape + "]";
    }
}
