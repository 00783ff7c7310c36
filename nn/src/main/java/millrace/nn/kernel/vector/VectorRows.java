package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Lanes.load;
import static millrace.nn.kernel.vector.Lanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Work on one row, whole vectors and what is left of it in a method each. A loop over rows that has all of it in itself the compiler
 * compiles in the middle of a call, and again for each other number of columns that turns up.
 */
final class VectorRows {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorRows() {}

    /** Adds so many floats to others. */
    static void add(MemorySegment to, long at, MemorySegment from, long first, int count) {
        int bound = SPECIES.loopBound(count);
        if (bound > 0) {
            addVectors(to, at, from, first, bound);
        }
        if (bound < count) {
            // masks cost: only what is left of a row is under one
            addRest(to, at + bound, from, first + bound, count - bound);
        }
    }

    private static void addVectors(MemorySegment to, long at, MemorySegment from, long first, int count) {
        for (int c = 0; c < count; c += LANES) {
            store(to, at + c, load(to, at + c).add(load(from, first + c)));
        }
    }

    private static void addRest(MemorySegment to, long at, MemorySegment from, long first, int count) {
        VectorMask<Float> rest = VectorSoftmax.firstLanes(count);
        store(to, at, rest, load(to, at, rest).add(load(from, first, rest)));
    }
}
