package millrace.actors.wire;

import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.WorkerProtocol;
import millrace.proto.v1.AskRest;
import millrace.proto.v1.AskWorker;
import millrace.proto.v1.ConnectRanks;
import millrace.proto.v1.CutStages;
import millrace.proto.v1.FetchFiles;
import millrace.proto.v1.FilesFetched;
import millrace.proto.v1.KeepCut;
import millrace.proto.v1.Prepare;
import millrace.proto.v1.Release;
import millrace.proto.v1.RunOver;
import millrace.proto.v1.TryOut;

/** What workers are told (cluster.proto). */
final class WorkerCodecs {
    private WorkerCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "WA",
                        WorkerProtocol.AskWorker.class,
                        AskWorker.parser(),
                        m -> AskWorker.newBuilder()
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new WorkerProtocol.AskWorker(refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "WF",
                        WorkerProtocol.FetchFiles.class,
                        FetchFiles.parser(),
                        m -> FetchFiles.newBuilder()
                                .setOrder(RunOrderCodec.of(m.order()))
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new WorkerProtocol.FetchFiles(RunOrderCodec.of(m.getOrder()), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "WH",
                        WorkerProtocol.FilesFetched.class,
                        FilesFetched.parser(),
                        m -> FilesFetched.newBuilder().setProblem(m.problem()).build(),
                        m -> new WorkerProtocol.FilesFetched(m.getProblem())),
                new ProtoCodec<>(
                        "WP",
                        WorkerProtocol.Prepare.class,
                        Prepare.parser(),
                        m -> {
                            Prepare.Builder message = Prepare.newBuilder()
                                    .setRunEpoch(m.runEpoch())
                                    .setOrder(RunOrderCodec.of(m.order()))
                                    .addAllRanks(m.ranks())
                                    .setCheckpoint(m.checkpoint().orElse(""))
                                    .setReplyTo(refs.text(m.replyTo()));
                            m.live().ifPresent(cut -> message.setLive(LiveCodec.of(cut)));
                            return message.build();
                        },
                        m -> new WorkerProtocol.Prepare(
                                m.getRunEpoch(),
                                RunOrderCodec.of(m.getOrder()),
                                List.copyOf(m.getRanksList()),
                                RunOrderCodec.optional(m.getCheckpoint()),
                                m.hasLive() ? Optional.of(LiveCodec.of(m.getLive())) : Optional.empty(),
                                refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "WT",
                        WorkerProtocol.TryOut.class,
                        TryOut.parser(),
                        m -> TryOut.newBuilder()
                                .setRunEpoch(m.runEpoch())
                                .setOrder(RunOrderCodec.of(m.order()))
                                .addAllRanks(m.ranks())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new WorkerProtocol.TryOut(
                                m.getRunEpoch(),
                                RunOrderCodec.of(m.getOrder()),
                                List.copyOf(m.getRanksList()),
                                refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "WQ",
                        WorkerProtocol.AskRest.class,
                        AskRest.parser(),
                        m -> AskRest.newBuilder()
                                .setRunId(m.runId())
                                .setRunEpoch(m.runEpoch())
                                .setQuestion(m.question())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new WorkerProtocol.AskRest(
                                m.getRunId(), m.getRunEpoch(), m.getQuestion(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "WS",
                        WorkerProtocol.CutStages.class,
                        CutStages.parser(),
                        m -> CutStages.newBuilder()
                                .setRunId(m.runId())
                                .setQuestion(m.question())
                                .setWord(LiveCodec.of(m.word()))
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new WorkerProtocol.CutStages(
                                m.getRunId(), m.getQuestion(), LiveCodec.of(m.getWord()), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "WC",
                        WorkerProtocol.ConnectRanks.class,
                        ConnectRanks.parser(),
                        m -> ConnectRanks.newBuilder()
                                .setRunEpoch(m.runEpoch())
                                .addAllPlaces(refs.messages(m.places()))
                                .setObserver(refs.text(m.trainer()))
                                .build(),
                        m -> new WorkerProtocol.ConnectRanks(
                                m.getRunEpoch(), refs.places(m.getPlacesList()), refs.actor(m.getObserver()))),
                new ProtoCodec<>(
                        "WR",
                        WorkerProtocol.Release.class,
                        Release.parser(),
                        m -> Release.newBuilder().setRunEpoch(m.runEpoch()).build(),
                        m -> new WorkerProtocol.Release(m.getRunEpoch())),
                new ProtoCodec<>(
                        "WK",
                        WorkerProtocol.KeepCut.class,
                        KeepCut.parser(),
                        m -> KeepCut.newBuilder()
                                .setRunId(m.runId())
                                .setStep(m.step())
                                .addAllCopyOf(
                                        m.copyOf().stream().map(refs::text).toList())
                                .build(),
                        m -> new WorkerProtocol.KeepCut(
                                m.getRunId(),
                                m.getStep(),
                                m.getCopyOfList().stream()
                                        .map(refs::<WorkerProtocol.Command>actor)
                                        .toList())),
                new ProtoCodec<>(
                        "WO",
                        WorkerProtocol.RunOver.class,
                        RunOver.parser(),
                        m -> RunOver.newBuilder().setRunId(m.runId()).build(),
                        m -> new WorkerProtocol.RunOver(m.getRunId())));
    }
}
