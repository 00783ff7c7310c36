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
        INITIALISE(1),
        DROPOUT(2),
        SHUFFLE(3),
        SPLIT(4),
        SYNTHESISE(5),
        LINK(6),
        PROBE(7),
        AUGMENT(8),
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
