package millrace.actors.jobs;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import millrace.actors.access.Credential;
import millrace.actors.access.SignedText;
import millrace.actors.cluster.ClientProtocol.End;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;

/**
 * All that has to be kept of a job. Times are in milliseconds since 1970.
 *
 * @param number jobs are numbered as they are submitted, from 1
 * @param version grows with every change: of two records of a job the one with the larger version counts
 * @param submittedAt when it was asked for
 * @param startedAt when it got workers first; 0 while it never had any
 * @param since when it came to this state
 * @param overtaken how many jobs that were submitted later have begun while it waited
 * @param reason why it was cancelled; empty otherwise
 * @param end what its clients are told; empty while it is not over
 * @param credential which node has noted it so, where nodes have roles by certificate
 */
public record JobRecord(
        RunOrder order,
        JobTerms terms,
        long number,
        long version,
        JobState state,
        long submittedAt,
        long startedAt,
        long since,
        int overtaken,
        String reason,
        Optional<End> end,
        Optional<Credential> credential) {
    public JobRecord {
        if (state.isFinal() != end.isPresent()) {
            throw new IllegalArgumentException("job " + order.id() + ": " + state.word() + " with "
                    + (end.isPresent() ? "an end" : "no end") + " (expected: an end if it is over)");
        }
    }

    /** Signed by nobody yet. */
    public JobRecord(
            RunOrder order,
            JobTerms terms,
            long number,
            long version,
            JobState state,
            long submittedAt,
            long startedAt,
            long since,
            int overtaken,
            String reason,
            Optional<End> end) {
        this(
                order,
                terms,
                number,
                version,
                state,
                submittedAt,
                startedAt,
                since,
                overtaken,
                reason,
                end,
                Optional.empty());
    }

    /** The same, signed. */
    public JobRecord by(Optional<Credential> who) {
        return new JobRecord(
                order, terms, number, version, state, submittedAt, startedAt, since, overtaken, reason, end, who);
    }

    /** What is signed of it: all that something is decided by. */
    public String signedText() {
        return SignedText.of(List.of(
                "job",
                terms.signedText(order),
                String.valueOf(number),
                String.valueOf(version),
                state.word(),
                submittedAt + " " + startedAt + " " + since,
                String.valueOf(overtaken),
                reason,
                switch (end.orElse(null)) {
                    case Ended(String run, RunResult result) ->
                        "ended " + run + " " + result.reason() + " " + result.steps() + " " + result.weightsSha256();
                    case Failed(String run, String why, boolean badInput) ->
                        "failed " + run + " " + badInput + " " + why;
                    case null -> "";
                }));
    }

    /** Why another run of its name cannot be submitted; empty when it is this run that is asked for. */
    Optional<String> refusalOf(RunOrder another) {
        return another.signedText().equals(order.signedText())
                ? Optional.empty()
                : Optional.of("run: " + name()
                        + " (expected: a name of its own; the cluster has a job of that name, in " + order.folder()
                        + "); submit it again, it gets another one");
    }

    /** A job that has just been asked for. */
    static JobRecord queued(RunOrder order, JobTerms terms, long number, long now) {
        return new JobRecord(order, terms, number, 1, JobState.QUEUED, now, 0, now, 0, "", Optional.empty());
    }

    /** Name of its run. */
    public String name() {
        return order.id();
    }

    /** Whether it has had workers: it goes on from a checkpoint if there is one. */
    boolean isBegun() {
        return startedAt > 0;
    }

    /** When its time is over; empty where it has not begun, or may take as long as it does. */
    OptionalLong endOfTime() {
        return isBegun() && terms.time().isPresent()
                ? OptionalLong.of(startedAt + terms.time().get().toMillis())
                : OptionalLong.empty();
    }

    /** Why it has failed or was cancelled; empty otherwise. */
    String why() {
        return state == JobState.FAILED && end.orElse(null) instanceof Failed failed ? failed.reason() : reason;
    }

    /** SHA-256 of its last weights; empty where there is none. */
    String digest() {
        return end.orElse(null) instanceof Ended ended ? ended.result().weightsSha256() : "";
    }

    /** Optimizer steps that it has come to, 0 where it has failed; empty while it is not over. */
    OptionalLong endStep() {
        return switch (end.orElse(null)) {
            case Ended(var _, RunResult result) -> OptionalLong.of(result.steps());
            case Failed _ -> OptionalLong.of(0);
            case null -> OptionalLong.empty();
        };
    }

    /** The same job in another state that is not its last. */
    JobRecord in(JobState next, long now) {
        return changed(next, startedAt, next == state ? since : now, overtaken, reason, Optional.empty());
    }

    /** The same, as it counts beside another record of the job. */
    JobRecord newerThan(JobRecord other) {
        return with(other.version + 1, state, startedAt, since, overtaken, reason, end);
    }

    /** What its coordinator tells may bring it to another state; empty where it does not. */
    Optional<JobRecord> hearing(TrainingEvent event, long now) {
        JobState next = switch (event) {
            case TrainingEvent.Recovering _ -> JobState.RECOVERING;
            case TrainingEvent.Placed _ -> JobState.RUNNING;
            default -> state;
        };
        return next == state ? Optional.empty() : Optional.of(in(next, now));
    }

    /** It gets workers. */
    JobRecord started(JobState next, long now) {
        long start = isBegun() ? startedAt : now;
        return changed(next, start, next == state ? since : now, overtaken, reason, Optional.empty());
    }

    /** A later one has begun before it. */
    JobRecord passed() {
        return changed(state, startedAt, since, overtaken + 1, reason, Optional.empty());
    }

    /** It is over. */
    JobRecord over(JobState last, End told, String why, long now) {
        return changed(last, startedAt, now, overtaken, why, Optional.of(told));
    }

    private JobRecord changed(JobState now, long start, long from, int passedBy, String why, Optional<End> told) {
        return with(version + 1, now, start, from, passedBy, why, told);
    }

    private JobRecord with(
            long newest, JobState now, long start, long from, int passedBy, String why, Optional<End> told) {
        return new JobRecord(order, terms, number, newest, now, submittedAt, start, from, passedBy, why, told);
    }
}
