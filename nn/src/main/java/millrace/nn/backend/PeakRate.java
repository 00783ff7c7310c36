package millrace.nn.backend;

import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.LargeProduct;
import millrace.nn.kernel.Precision;

/**
 * The most operations a second that so many threads do on this machine, measured: each thread multiplies square matrices of
 * its own, all at the same time, for several short trials of several sizes, and the best trial counts. An operation is a
 * multiplication or an addition: a multiply-add is two.
 *
 * @param threads that compute at the same time
 * @param factors what is multiplied: bfloat16 numbers only by processors that have instructions for them
 * @param gigaflops 10^9 operations a second of all threads together
 */
public record PeakRate(int threads, Precision factors, double gigaflops) {
    // no powers of two: rows at such distances fall into the same cache sets
    private static final int[] SIZES = {240, 480, 960};
    private static final int TRIALS = 6;
    private static final long TRIAL_NANOS = 20_000_000;

    /** Products in a row none of which was much faster than those before: then the JVM has compiled what there is to compile. */
    private static final int NO_FASTER = 3;

    private static final double MUCH_FASTER = 0.95;
    private static final long WARM_UP_NANOS = 2_000_000_000;

    /**
     * Measures for about a second, or a few where the products are loops that the JVM has yet to compile.
     *
     * @param kernels whose products count
     */
    public static PeakRate measure(Kernels kernels, int threads) {
        double best = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int size : SIZES) {
                Sized sized = new Sized(kernels, size, threads);
                double rate = sized.best(pool);
                best = Math.max(best, rate);
                // the next size takes eight times as long: seconds without a library
                if (sized.operations() / (rate / threads) > TRIAL_NANOS) {
                    break;
                }
            }
        }
        try (LargeProduct product = kernels.largeProduct(SIZES[0])) {
            return new PeakRate(threads, product.factors(), best);
        }
    }

    /** Products of one size. */
    private record Sized(Kernels kernels, int size, int threads) {
        double operations() {
            return 2.0 * size * size * size;
        }

        double best(ExecutorService pool) {
            CyclicBarrier together = new CyclicBarrier(threads);
            List<Future<double[]>> measured = IntStream.range(0, threads)
                    .mapToObj(_ -> pool.submit(() -> rates(together)))
                    .toList();
            double[] sums = new double[TRIALS];
            for (Future<double[]> ofThread : measured) {
                double[] rates = joined(ofThread);
                for (int trial = 0; trial < TRIALS; trial++) {
                    sums[trial] += rates[trial];
                }
            }
            double best = 0;
            for (double sum : sums) {
                best = Math.max(best, sum);
            }
            return best;
        }

        /** One thread's rates, trial after trial, each begun together with the other threads'. */
        private double[] rates(CyclicBarrier together) throws InterruptedException, BrokenBarrierException {
            double[] rates = new double[TRIALS];
            try (LargeProduct product = kernels.largeProduct(size)) {
                warmUp(product);
                for (int trial = 0; trial < TRIALS; trial++) {
                    together.await();
                    long begin = System.nanoTime();
                    long now = begin;
                    long runs = 0;
                    while (now - begin < TRIAL_NANOS) {
                        product.run();
                        runs++;
                        now = System.nanoTime();
                    }
                    rates[trial] = runs * operations() / (now - begin);
                }
            }
            return rates;
        }

        private static void warmUp(LargeProduct product) {
            long begin = System.nanoTime();
            long now = begin;
            long best = Long.MAX_VALUE;
            int noFaster = 0;
            while (noFaster < NO_FASTER && now - begin < WARM_UP_NANOS) {
                product.run();
                long end = System.nanoTime();
                noFaster = end - now < MUCH_FASTER * best ? 0 : noFaster + 1;
                best = Math.min(best, end - now);
                now = end;
            }
        }

        private static double[] joined(Future<double[]> measured) {
            try {
                return measured.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("the peak could not be measured", e);
            }
        }
    }
}
