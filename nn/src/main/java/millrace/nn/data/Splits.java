package millrace.nn.data;

import java.util.Arrays;
import java.util.stream.IntStream;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;

/**
 * Disjoint parts of one data set. A part whose fraction is 0 is empty.
 *
 * @param train what gradients are made from
 * @param validation what settings are chosen by
 * @param test what the result is reported on
 */
public record Splits(Dataset train, Dataset validation, Dataset test) {

    /**
     * Deals out the samples in random order. Sizes are rounded; a part with a fraction above 0 gets at least one
     * sample. The same arguments give the same parts on every machine.
     *
     * @param validationFraction share of the samples, in [0, 1)
     * @param testFraction share of the samples, in [0, 1)
     * @throws IllegalArgumentException on a fraction outside [0, 1), or when nothing is left to train with
     */
    public static Splits of(Dataset dataset, double validationFraction, double testFraction, long seed) {
        return of(dataset, validationFraction, testFraction, seed, false);
    }

    /**
     * The same parts, whose samples may stay in the order of the data, for runs that do not shuffle.
     *
     * @throws IllegalArgumentException on a fraction outside [0, 1), or when nothing is left to train with
     */
    public static Splits of(
            Dataset dataset, double validationFraction, double testFraction, long seed, boolean keepsOrder) {
        Rows rows = Rows.of(dataset.name(), dataset.size(), validationFraction, testFraction, seed, keepsOrder);
        return new Splits(dataset.select(rows.train), dataset.select(rows.validation), dataset.select(rows.test));
    }

    /** The rows of disjoint parts, counted from 0. */
    public static final class Rows {
        private final int[] train;
        private final int[] validation;
        private final int[] test;

        private Rows(int[] train, int[] validation, int[] test) {
            this.train = train;
            this.validation = validation;
            this.test = test;
        }

        /** What gradients are made from; do not write to it. */
        public int[] train() {
            return train;
        }

        /** What settings are chosen by; do not write to it. */
        public int[] validation() {
            return validation;
        }

        /** What the result is reported on; do not write to it. */
        public int[] test() {
            return test;
        }

        /**
         * Deals out rows as {@link Splits#of} does. Where nothing is held back, all of them in their order.
         *
         * @param name of the data, for errors
         * @param keepsOrder whether the rows of a part stay in the order of the data, for runs that do not shuffle
         * @throws IllegalArgumentException on a fraction outside [0, 1), or when nothing is left to train with
         */
        public static Rows of(
                String name,
                int samples,
                double validationFraction,
                double testFraction,
                long seed,
                boolean keepsOrder) {
            requireFraction("validation fraction", validationFraction);
            requireFraction("test fraction", testFraction);
            if (validationFraction + testFraction >= 1) {
                throw new IllegalArgumentException("validation and test fractions: " + validationFraction + " + "
                        + testFraction + " (expected: a sum below 1); leave some samples for training");
            }
            int validation = share(samples, validationFraction);
            int test = share(samples, testFraction);
            int train = samples - validation - test;
            if (train < 1) {
                throw new IllegalArgumentException(name + ": " + samples + " samples, " + validation
                        + " for validation and " + test + " for test (expected: one or more left for training);"
                        + " lower the fractions or add samples");
            }
            int[] order = train == samples
                    ? IntStream.range(0, samples).toArray()
                    : RandomStream.of(seed, Purpose.SPLIT).permutation(samples);
            Rows rows = new Rows(
                    Arrays.copyOfRange(order, 0, train),
                    Arrays.copyOfRange(order, train, train + validation),
                    Arrays.copyOfRange(order, train + validation, samples));
            if (keepsOrder) {
                Arrays.sort(rows.train);
                Arrays.sort(rows.validation);
                Arrays.sort(rows.test);
            }
            return rows;
        }
    }

    private static int share(int samples, double fraction) {
        return fraction == 0 ? 0 : (int) Math.max(1, Math.round(samples * fraction));
    }

    private static void requireFraction(String what, double fraction) {
        if (!(fraction >= 0 && fraction < 1)) {
            throw new IllegalArgumentException(
                    what + ": " + fraction + " (expected: 0 or more and below 1); 0.2 takes a fifth");
        }
    }
}
