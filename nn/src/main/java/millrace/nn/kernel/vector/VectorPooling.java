package millrace.nn.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.NE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.Window;
import millrace.nn.kernel.scalar.ScalarPooling;

/**
 * {@link Pooling} that takes the most usual window, 2 x 2 side by side, a vector of places at a time, because where the
 * largest value lies is as good as random and a branch for it would be mispredicted. Other windows and narrow images are
 * left to plain loops; the results are the same.
 */
final class VectorPooling extends ScalarPooling {
    // rows of images are short: no wider than eight places
    private static final VectorSpecies<Float> SPECIES =
            FloatVector.SPECIES_PREFERRED.vectorBitSize() > VectorShape.S_256_BIT.vectorBitSize()
                    ? FloatVector.SPECIES_256
                    : FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> PLACES = VectorSpecies.of(int.class, SPECIES.vectorShape());
    /** Places of a vector; shorter rows are left to plain loops. */
    private static final int LANES = SPECIES.length();

    // the values of even, of odd columns, twice: the lower half is of the first vector, the upper of the second
    private static final VectorShuffle<Float> EVEN = SPECIES.shuffleFromOp(i -> 2 * i % LANES);
    private static final VectorShuffle<Float> ODD = SPECIES.shuffleFromOp(i -> 2 * i % LANES + 1);
    private static final VectorMask<Float> UPPER = SPECIES.indexInRange(-LANES / 2, LANES / 2);
    private static final IntVector COLUMNS = IntVector.zero(PLACES).addIndex(2);
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final int width;
    private final boolean takesVectors;

    VectorPooling(int height, int width, Window window) {
        super(height, width, window);
        this.width = width;
        this.takesVectors = window.equals(new Window(2, 2, 0, 1)) && placesAcross() >= LANES;
    }

    @Override
    protected void largestOfRow(MemorySegment x, MemorySegment y, MemorySegment places, long plane, int p, long out) {
        if (takesVectors) {
            largest(x, y, places, plane, 2 * p * width, width, out, placesAcross());
        } else {
            super.largestOfRow(x, y, places, plane, p, out);
        }
    }

    /**
     * A row of places: the largest of each four, the first of equal ones, the last that is not a number if any is.
     *
     * @param plane where the plane begins in x
     * @param top where the row of windows begins within the plane
     * @param width of the plane
     * @param out where the row of places begins in y and places
     * @param across places of the row, at least {@link #LANES}
     */
    private static void largest(
            MemorySegment x,
            MemorySegment y,
            MemorySegment places,
            long plane,
            int top,
            int width,
            long out,
            int across) {
        for (int q = 0; q < across; q += LANES) {
            // the last vector may overlap the one before: the same is written again
            int place = Math.min(q, across - LANES);
            vector(x, y, places, plane, top + 2 * place, width, out + place);
        }
    }

    private static void vector(
            MemorySegment x, MemorySegment y, MemorySegment places, long plane, int place, int width, long out) {
        long upper = (plane + place) * Float.BYTES;
        long next = upper + (long) LANES * Float.BYTES;
        long row = (long) width * Float.BYTES;
        FloatVector one = FloatVector.fromMemorySegment(SPECIES, x, upper, ORDER);
        FloatVector two = FloatVector.fromMemorySegment(SPECIES, x, next, ORDER);
        FloatVector a = one.rearrange(EVEN).blend(two.rearrange(EVEN), UPPER);
        FloatVector b = one.rearrange(ODD).blend(two.rearrange(ODD), UPPER);
        VectorMask<Float> right = b.compare(GT, a).or(b.compare(NE, b));
        FloatVector best = a.blend(b, right);
        one = FloatVector.fromMemorySegment(SPECIES, x, upper + row, ORDER);
        two = FloatVector.fromMemorySegment(SPECIES, x, next + row, ORDER);
        FloatVector c = one.rearrange(EVEN).blend(two.rearrange(EVEN), UPPER);
        FloatVector d = one.rearrange(ODD).blend(two.rearrange(ODD), UPPER);
        VectorMask<Float> lowerRight = d.compare(GT, c).or(d.compare(NE, d));
        FloatVector below = c.blend(d, lowerRight);
        VectorMask<Float> lower = below.compare(GT, best).or(below.compare(NE, below));
        best.blend(below, lower).intoMemorySegment(y, out * Float.BYTES, ORDER);
        IntVector inUpper = IntVector.zero(PLACES).blend(1, right.cast(PLACES));
        IntVector inLower = IntVector.broadcast(PLACES, width).blend(width + 1, lowerRight.cast(PLACES));
        inUpper.blend(inLower, lower.cast(PLACES))
                .add(COLUMNS)
                .add(place)
                .intoMemorySegment(places, out * Integer.BYTES, ORDER);
    }
}
