package millrace.actors.wire;

import java.io.NotSerializableException;
import java.util.List;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.event.RunResult;
import millrace.actors.plan.Snapshot;
import millrace.actors.trace.PipelineFigures;
import millrace.proto.v1.Accepted;
import millrace.proto.v1.Ended;
import millrace.proto.v1.Failed;
import millrace.proto.v1.RunEvent;

/** What clients hear (cluster.proto). */
final class ClientCodecs {
    private ClientCodecs() {}

    static List<Codec<?>> all() {
        return List.of(
                new ProtoCodec<>(
                        "LA",
                        ClientProtocol.Accepted.class,
                        Accepted.parser(),
                        m -> Accepted.newBuilder().setRunId(m.runId()).build(),
                        m -> new ClientProtocol.Accepted(m.getRunId())),
                new ProtoCodec<>(
                        "LT",
                        ClientProtocol.Happened.class,
                        RunEvent.parser(),
                        EventCodec::message,
                        m -> new ClientProtocol.Happened(m.getRunId(), EventCodec.event(m))),
                new ProtoCodec<>(
                        "LE", ClientProtocol.Ended.class, Ended.parser(), ClientCodecs::message, ClientCodecs::ended),
                new ProtoCodec<>(
                        "LF",
                        ClientProtocol.Failed.class,
                        Failed.parser(),
                        ClientCodecs::message,
                        ClientCodecs::failed));
    }

    static Failed message(ClientProtocol.Failed failed) {
        return Failed.newBuilder()
                .setRunId(failed.runId())
                .setReason(failed.reason())
                .setBadInput(failed.badInput())
                .build();
    }

    static ClientProtocol.Failed failed(Failed message) {
        return new ClientProtocol.Failed(message.getRunId(), message.getReason(), message.getBadInput());
    }

    static Ended message(ClientProtocol.Ended ended) {
        RunResult result = ended.result();
        return Ended.newBuilder()
                .setRunId(ended.runId())
                .setReason(
                        switch (result.reason()) {
                            case COMPLETED -> Ended.Reason.REASON_COMPLETED;
                            case STOPPED_EARLY -> Ended.Reason.REASON_STOPPED_EARLY;
                            case INTERRUPTED -> Ended.Reason.REASON_INTERRUPTED;
                        })
                .setSteps(result.steps())
                .setLoss(result.loss())
                .putAllEvaluations(Figures.messages(result.evaluations()))
                .setSamplesPerSecond(result.samplesPerSecond())
                .setSeconds(result.seconds())
                .setWeightsSha256(result.weightsSha256())
                .addAllPeakActivations(result.pipeline().peakActivations())
                .addAllPeakBytes(result.pipeline().peakBytes())
                .addAllGatheredBytes(result.pipeline().gatheredBytes())
                .addAllAllocatedBytes(result.pipeline().allocatedBytes())
                .setDuplicates(result.pipeline().duplicates())
                .addAllStaleness(
                        result.pipeline().staleness().stream().map(Figures::of).toList())
                .addAllSkippedSteps(result.pipeline().skippedSteps())
                .setStepOfWeights(result.stepOfWeights())
                .build();
    }

    static ClientProtocol.Ended ended(Ended message) throws NotSerializableException {
        RunResult.Reason reason = switch (message.getReason()) {
            case REASON_COMPLETED -> RunResult.Reason.COMPLETED;
            case REASON_STOPPED_EARLY -> RunResult.Reason.STOPPED_EARLY;
            case REASON_INTERRUPTED -> RunResult.Reason.INTERRUPTED;
            case REASON_UNSPECIFIED, UNRECOGNIZED ->
                throw Malformed.of("reason", message.getReasonValue(), "1, 2 or 3");
        };
        RunResult result = new RunResult(
                reason,
                message.getSteps(),
                message.getLoss(),
                Figures.evaluations(message.getEvaluationsMap()),
                message.getSamplesPerSecond(),
                message.getSeconds(),
                new Snapshot(message.getStepOfWeights(), List.of(), List.of()),
                new PipelineFigures(
                        List.copyOf(message.getPeakActivationsList()),
                        List.copyOf(message.getPeakBytesList()),
                        List.copyOf(message.getGatheredBytesList()),
                        List.copyOf(message.getAllocatedBytesList()),
                        message.getDuplicates(),
                        message.getStalenessList().stream().map(Figures::of).toList(),
                        List.copyOf(message.getSkippedStepsList()),
                        List.of(),
                        List.of()),
                message.getWeightsSha256());
        return new ClientProtocol.Ended(message.getRunId(), result);
    }
}
