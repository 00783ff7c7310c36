package millrace.app.study;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Lets something run again and again until the compiler has made it as fast as it gets, or for a few seconds. */
final class WarmUp {
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final double STEADY = 0.93;
    private static final int STEADY_RUNS = 3;

    private WarmUp() {}

    /**
     * @param run that tells how long it took, by any measure; nothing when it was interrupted
     * @return false when it was interrupted
     */
    static boolean until(Supplier<Optional<Double>> run) {
        long end = System.nanoTime() + MOST_NANOS;
        double best = Double.POSITIVE_INFINITY;
        for (int steady = 0; steady < STEADY_RUNS && System.nanoTime() < end; ) {
            Optional<Double> time = run.get();
            if (time.isEmpty()) {
                return false;
            }
            steady = time.get() > STEADY * best ? steady + 1 : 0;
            best = Math.min(best, time.get());
        }
        return true;
    }
}
