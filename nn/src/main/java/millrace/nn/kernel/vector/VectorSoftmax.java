package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Lanes.load;
import static millrace.nn.kernel.vector.Lanes.store;
import static millrace.nn.kernel.vector.Lanes.sum;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The passes of a softmax over one row, a method each: in one method the compiler boxes the vectors of the last. */
final class VectorSoftmax {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    // the first so many lanes: where every row ends elsewhere, making masks costs more than the row
    private static final List<VectorMask<Float>> FIRST_LANES = IntStream.range(0, LANES)
            .mapToObj(lanes -> SPECIES.indexInRange(0, lanes))
            .toList();

    private VectorSoftmax() {}

    /** For what is left of a row after its whole vectors. */
    static VectorMask<Float> firstLanes(int count) {
        return FIRST_LANES.get(count);
    }

    static float largest(MemorySegment x, long first, int count) {
        int bound = SPECIES.loopBound(count);
        FloatVector tops = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int c = 0; c < bound; c += LANES) {
            tops = tops.max(load(x, first + c));
        }
        if (bound < count) {
            VectorMask<Float> rest = firstLanes(count - bound);
            tops = tops.lanewise(VectorOperators.MAX, load(x, first + bound, rest), rest);
        }
        return tops.reduceLanes(VectorOperators.MAX);
    }

    /** {@code y = e^((x - top) * factor)}; returns their sum. x and y may be the same. */
    static float exponentials(MemorySegment x, MemorySegment y, long first, int count, float top, float factor) {
        int bound = SPECIES.loopBound(count);
        FloatVector sums = FloatVector.zero(SPECIES);
        for (int c = 0; c < bound; c += LANES) {
            FloatVector e = VectorMath.exp(load(x, first + c).sub(top).mul(factor));
            store(y, first + c, e);
            sums = sums.add(e);
        }
        if (bound < count) {
            VectorMask<Float> rest = firstLanes(count - bound);
            FloatVector e = VectorMath.exp(load(x, first + bound, rest).sub(top).mul(factor));
            store(y, first + bound, rest, e);
            sums = sums.add(e, rest);
        }
        return sum(sums);
    }

    static void scale(MemorySegment x, long first, int count, float share) {
        int bound = SPECIES.loopBound(count);
        for (int c = 0; c < bound; c += LANES) {
            store(x, first + c, load(x, first + c).mul(share));
        }
        if (bound < count) {
            VectorMask<Float> rest = firstLanes(count - bound);
            store(x, first + bound, rest, load(x, first + bound, rest).mul(share));
        }
    }
}
