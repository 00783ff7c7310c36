package millrace.actors.jobs;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whose turn it is of the jobs that wait for workers: runs that were under way and have no worker left; jobs whose turn it is, the
 * oldest first; all others by priority, the oldest of the same priority first. A job that does not fit is passed over by later
 * ones that do. Nobody starves: each job that begins before one that was submitted earlier overtakes it, and after {@link
 * #MOST_OVERTAKEN} times it is that job's turn; none that comes after it begins before it has.
 */
final class Turns {
    /** So often may others begin before a job that was submitted earlier. */
    static final int MOST_OVERTAKEN = 10;

    /** The order in which jobs that wait are looked at. */
    static final Comparator<JobRecord> WAITING = Comparator.comparing((JobRecord job) -> !job.isBegun())
            .thenComparing(job -> !hasTurn(job))
            .thenComparingInt(job -> hasTurn(job) ? 0 : -job.terms().priority())
            .thenComparingLong(JobRecord::number);

    private Turns() {}

    private static boolean hasTurn(JobRecord job) {
        return job.overtaken() >= MOST_OVERTAKEN;
    }

    /**
     * The next one that can begin. Where nothing is under way the first one can, with the workers that there are.
     *
     * @param waiting in the order in which they are looked at
     * @param free how many workers are
     * @param idle whether nothing is under way
     * @param paused those that do not begin yet, and hold nobody up
     */
    static Optional<JobRecord> next(List<JobRecord> waiting, int free, boolean idle, Predicate<JobRecord> paused) {
        for (JobRecord job : waiting) {
            if (paused.test(job)) {
                continue;
            }
            int needed = job.isBegun() ? 1 : job.order().workers();
            if (free >= needed || idle) {
                return Optional.of(job);
            }
            if (hasTurn(job)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }
}
