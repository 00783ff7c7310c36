package millrace.nn.kernel.vector;

import static millrace.nn.kernel.vector.Part.load;
import static millrace.nn.kernel.vector.Part.store;

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

    /** Adds so many floats to others, by their {@link Part}s. */
    static void add(long to, long from, int count) {
        int bound = SPECIES.loopBound(count);
        if (bound > 0) {
            addVectors(to, from, bound);
        }
        if (bound < count) {
            // masks cost: only what is left of a row is under one
            addRest(Part.behind(to, bound), Part.behind(from, bound), count - bound);
        }
    }

    private static void addVectors(long to, long from, int count) {
        for (int c = 0; c < count; c += LANES) {
            store(to, c, load(to, c).add(load(from, c)));
        }
    }

    private static void addRest(long to, long from, int count) {
        VectorMask<Float> rest = Lanes.first(count);
        store(to, 0, rest, load(to, 0, rest).add(load(from, 0, rest)));
    }

    /** {@code sum = x + y}, by their {@link Part}s; sum may be x or y. */
    static void sum(long x, long y, long sum, int count) {
        int bound = SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += LANES) {
            store(sum, i, load(x, i).add(load(y, i)));
        }
        if (bound < count) {
            VectorMask<Float> rest = Lanes.first(count - bound);
            store(sum, bound, rest, load(x, bound, rest).add(load(y, bound, rest)));
        }
    }
}
