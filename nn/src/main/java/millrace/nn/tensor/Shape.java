package millrace.nn.tensor;

import java.util.Arrays;

/** Sizes of a tensor's dimensions, row-major, batch first; prints as {@code 64x784}. Immutable. */
public final class Shape {
    private final int[] dimensions;

    private Shape(int[] dimensions) {
        this.dimensions = dimensions;
    }

    /**
     * A shape.
     *
     * @param dimensions sizes, each at least 0
     * @throws IllegalArgumentException on a negative size
     */
    public static Shape of(int... dimensions) {
        for (int d : dimensions) {
            if (d < 0) {
                throw new IllegalArgumentException(
                        "shape: " + Arrays.toString(dimensions) + " (expected: sizes of 0 or more)");
            }
        }
        return new Shape(dimensions.clone());
    }

    /** Number of dimensions. */
    public int rank() {
        return dimensions.length;
    }

    /** Size of the last dimension; of a shape without dimensions there is none. */
    public int last() {
        return dimensions[dimensions.length - 1];
    }

    /** Size of a dimension, counted from 0. */
    public int dimension(int index) {
        return dimensions[index];
    }

    /** A copy of all sizes. */
    public int[] dimensions() {
        return dimensions.clone();
    }

    /** Number of elements; 1 for a shape without dimensions. */
    public long size() {
        long size = 1;
        for (int d : dimensions) {
            size *= d;
        }
        return size;
    }

    /** This sample shape with a batch dimension of {@code rows} in front. */
    public Shape batched(int rows) {
        int[] result = new int[dimensions.length + 1];
        result[0] = rows;
        System.arraycopy(dimensions, 0, result, 1, dimensions.length);
        return new Shape(result);
    }

    /** The shape of one sample of this batched shape. */
    public Shape sample() {
        return new Shape(Arrays.copyOfRange(dimensions, 1, dimensions.length));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dimensions);
    }

    @Override
    public String toString() {
        if (dimensions.length == 0) {
            return "scalar";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < dimensions.length; i++) {
            text.append(i == 0 ? "" : "x").append(dimensions[i]);
        }
        return text.toString();
    }
}
