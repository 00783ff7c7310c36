package millrace.actors.wire;

import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.CoordinatorProtocol;
import millrace.proto.v1.Connected;
import millrace.proto.v1.PrepareFailed;
import millrace.proto.v1.Prepared;
import millrace.proto.v1.RankFailed;
import millrace.proto.v1.RanksRest;
import millrace.proto.v1.StagesCut;
import millrace.proto.v1.WorkerHere;

/** What the coordinator of a run is told (cluster.proto). */
final class CoordinatorCodecs {
    private CoordinatorCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "TW",
                        CoordinatorProtocol.WorkerHere.class,
                        WorkerHere.parser(),
                        m -> {
                            WorkerHere.Builder message = WorkerHere.newBuilder()
                                    .setWorker(refs.text(m.worker()))
                                    .setAddress(m.address())
                                    .setCapacity(m.capacity())
                                    .setNewestEpoch(m.newestEpoch())
                                    .setTogether(m.together());
                            m.known().ifPresent(order -> message.setKnown(RunOrderCodec.of(order)));
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new CoordinatorProtocol.WorkerHere(
                                refs.actor(m.getWorker()),
                                m.getAddress(),
                                m.getCapacity(),
                                m.getNewestEpoch(),
                                m.hasKnown() ? Optional.of(RunOrderCodec.of(m.getKnown())) : Optional.empty(),
                                m.getTogether(),
                                m.hasCredential()
                                        ? Optional.of(RunOrderCodec.of(m.getCredential()))
                                        : Optional.empty())),
                new ProtoCodec<>(
                        "TA",
                        CoordinatorProtocol.RanksRest.class,
                        RanksRest.parser(),
                        m -> RanksRest.newBuilder()
                                .setQuestion(m.question())
                                .setWorker(refs.text(m.worker()))
                                .setRest(LiveCodec.of(m.rest()))
                                .build(),
                        m -> new CoordinatorProtocol.RanksRest(
                                m.getQuestion(), refs.actor(m.getWorker()), LiveCodec.of(m.getRest()))),
                new ProtoCodec<>(
                        "TH",
                        CoordinatorProtocol.StagesCut.class,
                        StagesCut.parser(),
                        m -> StagesCut.newBuilder()
                                .setQuestion(m.question())
                                .setWorker(refs.text(m.worker()))
                                .addAllFiles(m.files().stream().map(Figures::of).toList())
                                .build(),
                        m -> new CoordinatorProtocol.StagesCut(
                                m.getQuestion(),
                                refs.actor(m.getWorker()),
                                m.getFilesList().stream().map(Figures::of).toList())),
                new ProtoCodec<>(
                        "TP",
                        CoordinatorProtocol.Prepared.class,
                        Prepared.parser(),
                        m -> Prepared.newBuilder()
                                .setRunEpoch(m.runEpoch())
                                .setWorker(refs.text(m.worker()))
                                .addAllPlaces(refs.messages(m.places()))
                                .setData(RunDataCodec.of(m.data()))
                                .build(),
                        m -> new CoordinatorProtocol.Prepared(
                                m.getRunEpoch(),
                                refs.actor(m.getWorker()),
                                refs.places(m.getPlacesList()),
                                RunDataCodec.of(m.getData()))),
                new ProtoCodec<>(
                        "TF",
                        CoordinatorProtocol.PrepareFailed.class,
                        PrepareFailed.parser(),
                        m -> PrepareFailed.newBuilder()
                                .setRunEpoch(m.runEpoch())
                                .setWorker(refs.text(m.worker()))
                                .setReason(m.reason())
                                .setBadInput(m.badInput())
                                .build(),
                        m -> new CoordinatorProtocol.PrepareFailed(
                                m.getRunEpoch(), refs.actor(m.getWorker()), m.getReason(), m.getBadInput())),
                new ProtoCodec<>(
                        "TC",
                        CoordinatorProtocol.Connected.class,
                        Connected.parser(),
                        m -> Connected.newBuilder()
                                .setRunEpoch(m.runEpoch())
                                .setWorker(refs.text(m.worker()))
                                .build(),
                        m -> new CoordinatorProtocol.Connected(m.getRunEpoch(), refs.actor(m.getWorker()))),
                new ProtoCodec<>(
                        "TR",
                        CoordinatorProtocol.RankFailed.class,
                        RankFailed.parser(),
                        m -> RankFailed.newBuilder()
                                .setRunEpoch(m.runEpoch())
                                .setRank(m.rank())
                                .setReason(m.reason())
                                .build(),
                        m -> new CoordinatorProtocol.RankFailed(m.getRunEpoch(), m.getRank(), m.getReason())));
    }
}
