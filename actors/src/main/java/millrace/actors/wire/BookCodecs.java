package millrace.actors.wire;

import java.io.NotSerializableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.jobs.BookProtocol;
import millrace.actors.jobs.JobBook;
import millrace.actors.jobs.JobsProtocol;
import millrace.proto.v1.AllJobsNoted;
import millrace.proto.v1.AskBook;
import millrace.proto.v1.JobNoted;
import millrace.proto.v1.JobRecord;
import millrace.proto.v1.JobState;
import millrace.proto.v1.JobTerms;
import millrace.proto.v1.NoteJob;

/** Jobs as they are noted in books (jobs.proto). */
final class BookCodecs {
    private BookCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        JobBook.MANIFEST,
                        BookProtocol.Note.class,
                        NoteJob.parser(),
                        m -> NoteJob.newBuilder().setJob(message(m.job())).build(),
                        m -> new BookProtocol.Note(job(m.getJob()))),
                new ProtoCodec<>(
                        "JB",
                        BookProtocol.AskBook.class,
                        AskBook.parser(),
                        m -> AskBook.newBuilder()
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new BookProtocol.AskBook(refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "JO",
                        JobsProtocol.Noted.class,
                        JobNoted.parser(),
                        m -> JobNoted.newBuilder().setJob(message(m.job())).build(),
                        m -> new JobsProtocol.Noted(job(m.getJob()))),
                new ProtoCodec<>(
                        "JE",
                        JobsProtocol.AllNoted.class,
                        AllJobsNoted.parser(),
                        m -> AllJobsNoted.newBuilder()
                                .setBook(refs.text(m.book()))
                                .build(),
                        m -> new JobsProtocol.AllNoted(refs.actor(m.getBook()))));
    }

    static JobTerms message(millrace.actors.jobs.JobTerms terms) {
        JobTerms.Builder message = JobTerms.newBuilder()
                .setPriority(terms.priority())
                .setTimeMs(terms.time().map(Duration::toMillis).orElse(0L))
                .setSteps(terms.steps());
        terms.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
        return message.build();
    }

    static millrace.actors.jobs.JobTerms terms(JobTerms message) {
        return new millrace.actors.jobs.JobTerms(
                message.getPriority(),
                Optional.of(message.getTimeMs()).filter(time -> time != 0).map(Duration::ofMillis),
                message.getSteps(),
                message.hasCredential() ? Optional.of(RunOrderCodec.of(message.getCredential())) : Optional.empty());
    }

    static JobState message(millrace.actors.jobs.JobState state) {
        return switch (state) {
            case QUEUED -> JobState.JOB_STATE_QUEUED;
            case RUNNING -> JobState.JOB_STATE_RUNNING;
            case RECOVERING -> JobState.JOB_STATE_RECOVERING;
            case FINISHED -> JobState.JOB_STATE_FINISHED;
            case FAILED -> JobState.JOB_STATE_FAILED;
            case CANCELLED -> JobState.JOB_STATE_CANCELLED;
        };
    }

    static millrace.actors.jobs.JobState state(JobState message) throws NotSerializableException {
        return switch (message) {
            case JOB_STATE_QUEUED -> millrace.actors.jobs.JobState.QUEUED;
            case JOB_STATE_RUNNING -> millrace.actors.jobs.JobState.RUNNING;
            case JOB_STATE_RECOVERING -> millrace.actors.jobs.JobState.RECOVERING;
            case JOB_STATE_FINISHED -> millrace.actors.jobs.JobState.FINISHED;
            case JOB_STATE_FAILED -> millrace.actors.jobs.JobState.FAILED;
            case JOB_STATE_CANCELLED -> millrace.actors.jobs.JobState.CANCELLED;
            case JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> throw Malformed.of("job state", message, "1 to 6");
        };
    }

    private static JobRecord message(millrace.actors.jobs.JobRecord job) {
        JobRecord.Builder message = JobRecord.newBuilder()
                .setOrder(RunOrderCodec.of(job.order()))
                .setTerms(message(job.terms()))
                .setNumber(job.number())
                .setVersion(job.version())
                .setState(message(job.state()))
                .setSubmittedAt(job.submittedAt())
                .setStartedAt(job.startedAt())
                .setSince(job.since())
                .setOvertaken(job.overtaken())
                .setReason(job.reason());
        job.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
        switch (job.end().orElse(null)) {
            case ClientProtocol.Ended ended -> message.setEnded(ClientCodecs.message(ended));
            case ClientProtocol.Failed failed -> message.setFailed(ClientCodecs.message(failed));
            case null -> {}
        }
        return message.build();
    }

    private static millrace.actors.jobs.JobRecord job(JobRecord message) throws NotSerializableException {
        Optional<ClientProtocol.End> end = switch (message.getEndCase()) {
            case ENDED -> Optional.of(ClientCodecs.ended(message.getEnded()));
            case FAILED -> Optional.of(ClientCodecs.failed(message.getFailed()));
            case END_NOT_SET -> Optional.empty();
        };
        return new millrace.actors.jobs.JobRecord(
                RunOrderCodec.of(message.getOrder()),
                terms(message.getTerms()),
                message.getNumber(),
                message.getVersion(),
                state(message.getState()),
                message.getSubmittedAt(),
                message.getStartedAt(),
                message.getSince(),
                message.getOvertaken(),
                message.getReason(),
                end,
                message.hasCredential() ? Optional.of(RunOrderCodec.of(message.getCredential())) : Optional.empty());
    }
}
