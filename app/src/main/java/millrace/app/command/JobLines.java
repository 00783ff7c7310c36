package millrace.app.command;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.app.output.json.JsonLine;
import millrace.app.output.text.Table;

/** Jobs as people and scripts read them. */
final class JobLines {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private JobLines() {}

    /** @throws IllegalArgumentException when there is no job of that name */
    static JobLine named(String name, List<JobLine> jobs) {
        return jobs.stream().filter(job -> job.name().equals(name)).findFirst().orElseThrow(() -> {
            String known = jobs.stream().map(JobLine::name).collect(Collectors.joining(", "));
            return new IllegalArgumentException("run: " + name + " (expected: a job of this cluster: "
                    + (known.isEmpty() ? "there is none" : known) + ")");
        });
    }

    static JsonLine json(JobLine job) {
        JsonLine line = JsonLine.event("job")
                .put("run", job.name())
                .put("state", job.state().word())
                .put("priority", job.priority())
                .put("workers", job.workers())
                .put("wanted_workers", job.wanted())
                .put("before", job.before())
                .put("step", job.step())
                .put("steps", job.steps() == 0 ? null : job.steps())
                .put("submitted", iso(job.submittedAt()))
                .put("started", job.startedAt() == 0 ? null : iso(job.startedAt()))
                .put("since", iso(job.since()))
                .put("folder", job.folder());
        if (!job.reason().isEmpty()) {
            line.put("reason", job.reason());
        }
        if (!job.digest().isEmpty()) {
            line.put("weights_sha256", job.digest());
        }
        return line;
    }

    private static String iso(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    static String table(List<JobLine> jobs) {
        Table table =
                new Table().flushLeft().row("run", "state", "since", "priority", "workers", "progress", "because");
        for (JobLine job : jobs) {
            table.row(
                    job.name(),
                    job.state().word(),
                    LocalDateTime.ofInstant(Instant.ofEpochMilli(job.since()), ZoneId.systemDefault())
                            .format(TIME),
                    job.priority(),
                    workers(job),
                    progress(job),
                    job.reason().isEmpty() ? waiting(job) : job.reason());
        }
        return table.toString();
    }

    private static String workers(JobLine job) {
        return job.workers().isEmpty() ? "- of " + job.wanted() : String.join(",", job.workers());
    }

    private static String progress(JobLine job) {
        return job.steps() == 0
                ? String.format(Locale.ROOT, "step %,d", job.step())
                : String.format(
                        Locale.ROOT,
                        "step %,d of %,d, %.0f %%",
                        job.step(),
                        job.steps(),
                        100.0 * job.step() / job.steps());
    }

    private static String waiting(JobLine job) {
        return switch (job.state()) {
            case QUEUED -> job.before() == 0 ? "next" : job.before() + " before it";
            case RUNNING, RECOVERING, FINISHED, FAILED, CANCELLED -> "";
        };
    }

    /** A sentence on one of them. */
    static String sentence(JobLine job) {
        Duration since = Duration.between(Instant.ofEpochMilli(job.since()), Instant.now());
        return "run " + job.name() + ": " + job.state().word() + " for " + Math.max(0, since.toSeconds()) + " s, "
                + progress(job) + (job.reason().isEmpty() ? "" : ": " + job.reason());
    }
}
