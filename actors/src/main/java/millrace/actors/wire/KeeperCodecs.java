package millrace.actors.wire;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import millrace.actors.access.Credential;
import millrace.actors.keeper.KeeperProtocol;
import millrace.actors.keeper.Promise;
import millrace.proto.v1.AskNode;
import millrace.proto.v1.AskPromise;
import millrace.proto.v1.AskRun;
import millrace.proto.v1.AskSeen;
import millrace.proto.v1.EpochPromise;
import millrace.proto.v1.KeepCopies;
import millrace.proto.v1.KeeperDone;
import millrace.proto.v1.KeeperNode;
import millrace.proto.v1.KeptCheckpoint;
import millrace.proto.v1.Promised;
import millrace.proto.v1.PublishCheckpoint;
import millrace.proto.v1.RunKept;

/** What nodes keep of runs (keeper.proto). */
final class KeeperCodecs {
    private KeeperCodecs() {}

    static List<Codec<?>> all(Refs refs) {
        return List.of(
                new ProtoCodec<>(
                        "KN",
                        KeeperProtocol.AskNode.class,
                        AskNode.parser(),
                        m -> AskNode.newBuilder()
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new KeeperProtocol.AskNode(refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "KR",
                        KeeperProtocol.AskRun.class,
                        AskRun.parser(),
                        m -> AskRun.newBuilder()
                                .setRun(m.run())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new KeeperProtocol.AskRun(m.getRun(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "KQ",
                        KeeperProtocol.AskPromise.class,
                        AskPromise.parser(),
                        m -> {
                            AskPromise.Builder message = AskPromise.newBuilder()
                                    .setRun(m.run())
                                    .setWanted(of(m.wanted()))
                                    .setReplyTo(refs.text(m.replyTo()));
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new KeeperProtocol.AskPromise(
                                m.getRun(),
                                of(m.getWanted()),
                                refs.actor(m.getReplyTo()),
                                who(m.hasCredential(), m.getCredential()))),
                new ProtoCodec<>(
                        "KC",
                        KeeperProtocol.Copy.class,
                        KeepCopies.parser(),
                        m -> {
                            KeepCopies.Builder message = KeepCopies.newBuilder()
                                    .setRun(m.run())
                                    .setDraft(m.draft())
                                    .addAllFiles(
                                            m.files().stream().map(Figures::of).toList())
                                    .setReplyTo(refs.text(m.replyTo()));
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new KeeperProtocol.Copy(
                                m.getRun(),
                                m.getDraft(),
                                m.getFilesList().stream().map(Figures::of).toList(),
                                refs.actor(m.getReplyTo()),
                                who(m.hasCredential(), m.getCredential()))),
                new ProtoCodec<>(
                        "KP",
                        KeeperProtocol.Publish.class,
                        PublishCheckpoint.parser(),
                        m -> {
                            PublishCheckpoint.Builder message = PublishCheckpoint.newBuilder()
                                    .setRun(m.run())
                                    .setBy(of(m.promise()))
                                    .setDraft(m.draft())
                                    .setManifest(FetchCodecs.of(m.manifest()))
                                    .setBest(m.best())
                                    .setKeep(m.keep())
                                    .setReplyTo(refs.text(m.replyTo()));
                            m.credential().ifPresent(who -> message.setCredential(RunOrderCodec.of(who)));
                            return message.build();
                        },
                        m -> new KeeperProtocol.Publish(
                                m.getRun(),
                                of(m.getBy()),
                                m.getDraft(),
                                FetchCodecs.of(m.getManifest()),
                                m.getBest(),
                                m.getKeep(),
                                refs.actor(m.getReplyTo()),
                                who(m.hasCredential(), m.getCredential()))),
                new ProtoCodec<>(
                        "KS",
                        KeeperProtocol.AskSeen.class,
                        AskSeen.parser(),
                        m -> AskSeen.newBuilder()
                                .setFile(m.file())
                                .setToken(m.token())
                                .setReplyTo(refs.text(m.replyTo()))
                                .build(),
                        m -> new KeeperProtocol.AskSeen(m.getFile(), m.getToken(), refs.actor(m.getReplyTo()))),
                new ProtoCodec<>(
                        "KK",
                        KeeperProtocol.RunKept.class,
                        RunKept.parser(),
                        m -> RunKept.newBuilder()
                                .setNode(of(m.node()))
                                .addAllCheckpoints(m.checkpoints().stream()
                                        .map(KeeperCodecs::of)
                                        .toList())
                                .addAllFiles(
                                        m.files().stream().map(FetchCodecs::of).toList())
                                .build(),
                        m -> new KeeperProtocol.RunKept(
                                of(m.getNode()),
                                m.getCheckpointsList().stream()
                                        .map(KeeperCodecs::of)
                                        .toList(),
                                m.getFilesList().stream()
                                        .map(FetchCodecs::of)
                                        .collect(Collectors.toUnmodifiableSet()))),
                new ProtoCodec<>(
                        "KA",
                        KeeperProtocol.Promised.class,
                        Promised.parser(),
                        m -> Promised.newBuilder()
                                .setNode(of(m.node()))
                                .setHas(of(m.has()))
                                .build(),
                        m -> new KeeperProtocol.Promised(of(m.getNode()), of(m.getHas()))),
                new ProtoCodec<>(
                        "KD",
                        KeeperProtocol.Done.class,
                        KeeperDone.parser(),
                        m -> KeeperDone.newBuilder()
                                .setNode(of(m.node()))
                                .setProblem(m.problem())
                                .setSucceeded(m.succeeded())
                                .build(),
                        m -> new KeeperProtocol.Done(of(m.getNode()), m.getProblem(), m.getSucceeded())));
    }

    private static Optional<Credential> who(boolean told, millrace.proto.v1.Credential message) {
        return told ? Optional.of(RunOrderCodec.of(message)) : Optional.empty();
    }

    private static EpochPromise of(Promise promise) {
        return EpochPromise.newBuilder()
                .setRunEpoch(promise.epoch())
                .setCoordinator(promise.coordinator())
                .build();
    }

    private static Promise of(EpochPromise message) {
        return new Promise(message.getRunEpoch(), message.getCoordinator());
    }

    private static KeeperNode of(KeeperProtocol.Node node) {
        return KeeperNode.newBuilder()
                .setId(node.id())
                .setAddress(node.address())
                .setWorks(node.works())
                .setVotes(node.votes())
                .build();
    }

    private static KeeperProtocol.Node of(KeeperNode message) {
        return new KeeperProtocol.Node(message.getId(), message.getAddress(), message.getWorks(), message.getVotes());
    }

    private static KeptCheckpoint of(KeeperProtocol.KeptCheckpoint checkpoint) {
        return KeptCheckpoint.newBuilder()
                .setName(checkpoint.name())
                .setManifest(FetchCodecs.of(checkpoint.manifest()))
                .build();
    }

    private static KeeperProtocol.KeptCheckpoint of(KeptCheckpoint message) {
        return new KeeperProtocol.KeptCheckpoint(message.getName(), FetchCodecs.of(message.getManifest()));
    }
}
