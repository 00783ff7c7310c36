package millrace.nn.random;

/**
 * A stream of random numbers that is a pure function of its key, so that any partition of a model over any machines
 * draws the same numbers. The generator is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators, OOPSLA 2014): element i is a mix of {@code key + i * gamma}. Logarithms and cosines are taken from
 * {@link StrictMath}, so the bits do not depend on the machine.
 */
public final class RandomStream {
    /** What the numbers are for; streams of different purposes are independent. */
    public enum Purpose {
        /** First values of weights. */
        INITIALISE(1),
        /** Which values a dropout drops. */
        DROPOUT(2),
        /** The order of an epoch. */
        SHUFFLE(3),
        /** Which samples are for training and which for testing. */
        SPLIT(4),
        /** Data sets that are made up. */
        SYNTHESISE(5),
        /** Delays and losses of an emulated link. */
        LINK(6),
        /** The vector that a curvature is estimated from. */
        PROBE(7),
        /** Random changes of a sample. */
        AUGMENT(8),
        /** The choice of a token. */
        SAMPLE(9);

        private final long code;

        Purpose(long code) {
            this.code = code;
        }
    }

    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private RandomStream(long key) {
        this.state = key;
    }

    /**
     * The stream of a key: the same key gives the same numbers everywhere.
     *
     * @param seed the run's seed
     * @param purpose what the numbers are for
     * @param coordinates what tells this use from others: layer index, micro-batch, epoch
     */
    public static RandomStream of(long seed, Purpose purpose, long... coordinates) {
        long key = mix(seed + GAMMA * purpose.code);
        for (long coordinate : coordinates) {
            key = mix(key + GAMMA * (coordinate + 1));
        }
        return new RandomStream(key);
    }

    /** The next 64 random bits. */
    public long nextLong() {
        state += GAMMA;
        return mix(state);
    }

    /** Uniform in [0, 1), a multiple of 2^-24. */
    public float nextFloat() {
        return (nextLong() >>> 40) * 0x1p-24f;
    }

    /** Uniform in [0, 1), a multiple of 2^-53. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Standard normal, by Box and Muller; one of the pair is thrown away to keep a draw a pure function of its index. */
    public double nextGaussian() {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        return radius * StrictMath.cos(2 * Math.PI * nextDouble());
    }

    /** Uniform in [0, bound). */
    public int nextInt(int bound) {
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /** The numbers 0 to n-1 in random order (Fisher and Yates). */
    public int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
