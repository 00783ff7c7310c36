package millrace.app.study;

import java.util.List;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.RankTimes;
import millrace.nn.backend.PeakRate;
import org.jspecify.annotations.Nullable;

/**
 * How fast a run has trained.
 *
 * @param sequential whether without actors
 * @param steps that were measured
 * @param seconds that these took
 * @param stepSeconds the median of a step
 * @param loss of the last of them
 * @param ranks where their time went, for each rank; empty without actors
 * @param peak of as many threads as compute at the same time
 * @param peakMegabytes the process's largest resident memory; null where the system does not tell
 */
public record Benchmark(
        RunPlan plan,
        boolean sequential,
        long steps,
        double seconds,
        double stepSeconds,
        double loss,
        List<RankTimes> ranks,
        PeakRate peak,
        @Nullable Double peakMegabytes) {
    private static final double NANOS = 1e9;

    /** Of a line of actors: it is as fast as its slowest rank. */
    public static Benchmark ofLine(
            RunPlan plan, long steps, double loss, List<RankTimes> ranks, PeakRate peak, @Nullable Double megabytes) {
        double seconds = ranks.stream().mapToLong(RankTimes::whole).max().orElse(0) / NANOS;
        double step = ranks.stream().mapToLong(RankTimes::medianStep).max().orElse(0) / NANOS;
        return new Benchmark(plan, false, steps, seconds, step, loss, ranks, peak, megabytes);
    }

    /** Samples trained in a second. */
    public double samplesPerSecond() {
        return plan.spec().batch() * steps / seconds;
    }

    /** 10^9 operations a second of all products together: multiplications and additions, so a multiply-add is two. */
    public double gigaflops() {
        return 2.0 * plan.spec().model().products().all() * samplesPerSecond() / 1e9;
    }

    /** The part of {@link #peak} that is reached. */
    public double peakShare() {
        return gigaflops() / peak.gigaflops();
    }
}
