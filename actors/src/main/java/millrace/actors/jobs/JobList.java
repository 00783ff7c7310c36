package millrace.actors.jobs;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** The jobs that a cluster knows: those that are not over, and the last ones that are. */
final class JobList {
    /** So many jobs that are over can be asked for; the oldest are forgotten. */
    static final int KEPT = 100;

    private final SequencedMap<String, JobRecord> jobs = new LinkedHashMap<>();

    /** A job by its name. */
    Optional<JobRecord> find(String name) {
        return Optional.ofNullable(jobs.get(name));
    }

    /** A job that is known. */
    JobRecord existing(String name) {
        return Objects.requireNonNull(jobs.get(name), () -> "no job " + name);
    }

    /** Notes a job as it is now. */
    void put(JobRecord job) {
        jobs.put(job.name(), job);
    }

    /** The number of the job that is submitted next. */
    long nextNumber() {
        return jobs.values().stream().mapToLong(JobRecord::number).max().orElse(0) + 1;
    }

    /** All, in the order in which they were submitted. */
    List<JobRecord> all() {
        return jobs.values().stream()
                .sorted(Comparator.comparingLong(JobRecord::number))
                .toList();
    }

    /** Those that are not over. */
    Stream<JobRecord> open() {
        return jobs.values().stream().filter(job -> !job.state().isFinal());
    }

    /** Forgets those that are over and too old to be kept. */
    void forgetOld() {
        old(jobs.values()).forEach(jobs::remove);
    }

    /** Names of jobs that are over and too old to be kept. */
    static List<String> old(Collection<JobRecord> jobs) {
        return jobs.stream()
                .filter(job -> job.state().isFinal())
                .sorted(Comparator.comparingLong(JobRecord::since)
                        .thenComparingLong(JobRecord::number)
                        .reversed())
                .skip(KEPT)
                .map(JobRecord::name)
                .toList();
    }
}
