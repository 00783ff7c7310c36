package millrace.actors.wire;

import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.CoordinatorProtocol;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;
import millrace.actors.jobs.JobsProtocol;
import millrace.actors.jobs.JobsProtocol.ClusterStatus;
import millrace.proto.v1.AskJobs;
import millrace.proto.v1.AskOrder;
import millrace.proto.v1.AskStatus;
import millrace.proto.v1.AttachJob;
import millrace.proto.v1.CancelJob;
import millrace.proto.v1.JobLine;
import millrace.proto.v1.Jobs;
import millrace.proto.v1.KnownOrder;
import millrace.proto.v1.RankStatus;
import millrace.proto.v1.SaveJob;
import millrace.proto.v1.Status;
import millrace.proto.v1.SubmitJob;
import millrace.proto.v1.WorkerLeaving;
import millrace.proto.v1.WorkerRanks;

/** What the manager of the jobs is asked, and what it answers (jobs.proto). */
final class JobCodecs {
    private JobCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "JS",
                        JobsProtocol.Submit.class,
                        SubmitJob.parser(),
                        m -> SubmitJob.newBuilder()
                                .setOrder(RunOrderCodec.of(m.order()))
                                .setTerms(BookCodecs.message(m.terms()))
                                .setClient(refs.text(m.client()))
                                .build(),
                        m -> new JobsProtocol.Submit(
                                RunOrderCodec.of(m.getOrder()),
                                BookCodecs.terms(m.getTerms()),
                                refs.actor(m.getClient()))),
                new ProtoCodec<>(
                        "JA",
                        JobsProtocol.Attach.class,
                        AttachJob.parser(),
                        m -> AttachJob.newBuilder()
                                .setRunId(m.run())
                                .setClient(refs.text(m.client()))
                                .build(),
                        m -> new JobsProtocol.Attach(m.getRunId(), refs.actor(m.getClient()))),
                new ProtoCodec<>(
                        "JC",
                        JobsProtocol.Cancel.class,
                        CancelJob.parser(),
                        m -> {
                            CancelJob.Builder message = CancelJob.newBuilder().setRunId(m.run());
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new JobsProtocol.Cancel(
                                m.getRunId(),
                                m.hasCredential()
                                        ? Optional.of(RunOrderCodec.of(m.getCredential()))
                                        : Optional.empty())),
                new ProtoCodec<>(
                        "JV",
                        JobsProtocol.Save.class,
                        SaveJob.parser(),
                        m -> {
                            SaveJob.Builder message = SaveJob.newBuilder().setRunId(m.run());
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new JobsProtocol.Save(
                                m.getRunId(),
                                m.hasCredential()
                                        ? Optional.of(RunOrderCodec.of(m.getCredential()))
                                        : Optional.empty())),
                new ProtoCodec<>(
                        "JQ",
                        JobsProtocol.AskJobs.class,
                        AskJobs.parser(),
                        m -> AskJobs.newBuilder()
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new JobsProtocol.AskJobs(refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "JH",
                        JobsProtocol.AskOrder.class,
                        AskOrder.parser(),
                        m -> AskOrder.newBuilder()
                                .setRunId(m.run())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new JobsProtocol.AskOrder(m.getRunId(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "JY",
                        JobsProtocol.KnownOrder.class,
                        KnownOrder.parser(),
                        m -> {
                            KnownOrder.Builder message = KnownOrder.newBuilder();
                            m.order().ifPresent(order -> message.setOrder(RunOrderCodec.of(order)));
                            return message.build();
                        },
                        m -> new JobsProtocol.KnownOrder(
                                m.hasOrder() ? Optional.of(RunOrderCodec.of(m.getOrder())) : Optional.empty())),
                new ProtoCodec<>(
                        "JT",
                        JobsProtocol.AskStatus.class,
                        AskStatus.parser(),
                        m -> AskStatus.newBuilder()
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new JobsProtocol.AskStatus(refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "JW",
                        JobsProtocol.WorkerLeaving.class,
                        WorkerLeaving.parser(),
                        m -> WorkerLeaving.newBuilder()
                                .setWorker(refs.text(m.worker()))
                                .build(),
                        m -> new JobsProtocol.WorkerLeaving(refs.actor(m.getWorker()))),
                new ProtoCodec<>(
                        "JL",
                        JobsProtocol.Jobs.class,
                        Jobs.parser(),
                        m -> Jobs.newBuilder()
                                .addAllJobs(m.jobs().stream()
                                        .map(JobCodecs::message)
                                        .toList())
                                .build(),
                        m -> {
                            List<JobsProtocol.JobLine> lines = new ArrayList<>();
                            for (JobLine line : m.getJobsList()) {
                                lines.add(line(line));
                            }
                            return new JobsProtocol.Jobs(List.copyOf(lines));
                        }),
                new ProtoCodec<>(
                        "JR",
                        ClusterStatus.class,
                        millrace.proto.v1.ClusterStatus.parser(),
                        m -> millrace.proto.v1.ClusterStatus.newBuilder()
                                .addAllRuns(m.runs().stream()
                                        .map(JobCodecs::message)
                                        .toList())
                                .addAllIdle(m.idle().stream()
                                        .map(JobCodecs::message)
                                        .toList())
                                .build(),
                        m -> new ClusterStatus(
                                m.getRunsList().stream().map(JobCodecs::status).toList(),
                                m.getIdleList().stream().map(JobCodecs::worker).toList())));
    }

    private static JobLine message(JobsProtocol.JobLine job) {
        return JobLine.newBuilder()
                .setName(job.name())
                .setState(BookCodecs.message(job.state()))
                .setPriority(job.priority())
                .addAllWorkers(job.workers())
                .setWanted(job.wanted())
                .setBefore(job.before())
                .setStep(job.step())
                .setSteps(job.steps())
                .setSubmittedAt(job.submittedAt())
                .setStartedAt(job.startedAt())
                .setSince(job.since())
                .setReason(job.reason())
                .setFolder(job.folder())
                .setWeightsSha256(job.digest())
                .build();
    }

    private static JobsProtocol.JobLine line(JobLine message) throws NotSerializableException {
        return new JobsProtocol.JobLine(
                message.getName(),
                BookCodecs.state(message.getState()),
                message.getPriority(),
                List.copyOf(message.getWorkersList()),
                message.getWanted(),
                message.getBefore(),
                message.getStep(),
                message.getSteps(),
                message.getSubmittedAt(),
                message.getStartedAt(),
                message.getSince(),
                message.getReason(),
                message.getFolder(),
                message.getWeightsSha256());
    }

    private static WorkerRanks message(WorkerStatus worker) {
        return WorkerRanks.newBuilder()
                .setAddress(worker.address())
                .setCapacity(worker.capacity())
                .addAllRanks(worker.ranks())
                .setData(RunDataCodec.of(worker.data()))
                .setStraggles(worker.straggles())
                .build();
    }

    private static WorkerStatus worker(WorkerRanks message) {
        return new WorkerStatus(
                message.getAddress(),
                message.getCapacity(),
                List.copyOf(message.getRanksList()),
                RunDataCodec.of(message.getData()),
                message.getStraggles());
    }

    private static Status message(CoordinatorProtocol.Status status) {
        Status.Builder message = Status.newBuilder()
                .setRunId(status.runId().orElse(""))
                .setPhase(status.phase())
                .setRunEpoch(status.runEpoch())
                .setStep(status.step())
                .setSamplesPerSecond(status.samplesPerSecond());
        status.workers().forEach(worker -> message.addWorkers(message(worker)));
        status.ranks()
                .forEach(rank -> message.addRanks(RankStatus.newBuilder()
                        .setRank(rank.rank())
                        .setWaitsFor(rank.waitsFor())
                        .setWaitingSeconds(rank.waitingSeconds())
                        .setSecondsPerBatch(rank.secondsPerBatch())));
        return message.build();
    }

    private static CoordinatorProtocol.Status status(Status message) {
        return new CoordinatorProtocol.Status(
                RunOrderCodec.optional(message.getRunId()),
                message.getPhase(),
                message.getRunEpoch(),
                message.getStep(),
                message.getSamplesPerSecond(),
                message.getWorkersList().stream().map(JobCodecs::worker).toList(),
                message.getRanksList().stream()
                        .map(rank -> new CoordinatorProtocol.RankStatus(
                                rank.getRank(),
                                rank.getWaitsFor(),
                                rank.getWaitingSeconds(),
                                rank.getSecondsPerBatch()))
                        .toList());
    }
}
