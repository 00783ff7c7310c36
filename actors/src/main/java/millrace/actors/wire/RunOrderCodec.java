package millrace.actors.wire;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import millrace.actors.access.Credential;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.RunOrder.Keeping;
import millrace.actors.keeper.Electors;
import millrace.nn.choice.KernelChoices;
import millrace.proto.v1.Keeping.Sharing;

/** Run orders, which several messages have in them. */
final class RunOrderCodec {
    private RunOrderCodec() {}

    static millrace.proto.v1.RunOrder of(RunOrder order) {
        millrace.proto.v1.RunOrder.Builder message = millrace.proto.v1.RunOrder.newBuilder()
                .setId(order.id())
                .setFolder(order.folder())
                .setConfiguration(order.configuration())
                .setFirst(order.first().orElse(""))
                .setInit(order.init().orElse(""))
                .setWorkers(order.workers())
                .setKeep(order.keep())
                .setIntervalMs(order.pace().interval().toMillis())
                .addAllTellEvery(order.tellEvery())
                .setCopies(order.copies())
                .addAllKernels(order.kernels().texts())
                .setKeeping(millrace.proto.v1.Keeping.newBuilder()
                        .setSharing(
                                switch (order.keeping().sharing()) {
                                    case AUTO -> Sharing.SHARING_AUTO;
                                    case YES -> Sharing.SHARING_YES;
                                    case NO -> Sharing.SHARING_NO;
                                })
                        .addAllElectors(order.keeping().electors().nodes()))
                .setData(RunDataCodec.of(order.data()));
        order.pace().overhead().ifPresent(message::setCheckpointOverhead);
        order.credential().ifPresent(credential -> message.setCredential(of(credential)));
        return message.build();
    }

    static RunOrder of(millrace.proto.v1.RunOrder message) {
        return new RunOrder(
                message.getId(),
                message.getFolder(),
                message.getConfiguration(),
                optional(message.getFirst()),
                optional(message.getInit()),
                message.getWorkers(),
                message.getKeep(),
                pace(message),
                Set.copyOf(message.getTellEveryList()),
                message.getCopies(),
                KernelChoices.parse(message.getKernelsList()),
                of(message.getKeeping()),
                RunDataCodec.of(message.getData()),
                message.hasCredential() ? Optional.of(of(message.getCredential())) : Optional.empty());
    }

    private static CheckpointPace pace(millrace.proto.v1.RunOrder message) {
        return new CheckpointPace(
                Duration.ofMillis(message.getIntervalMs()),
                message.hasCheckpointOverhead()
                        ? OptionalDouble.of(message.getCheckpointOverhead())
                        : OptionalDouble.empty());
    }

    static millrace.proto.v1.Credential of(Credential credential) {
        return millrace.proto.v1.Credential.newBuilder()
                .addAllCertificates(credential.certificates())
                .setSignature(credential.signature())
                .build();
    }

    static Credential of(millrace.proto.v1.Credential message) {
        return new Credential(List.copyOf(message.getCertificatesList()), message.getSignature());
    }

    private static Keeping of(millrace.proto.v1.Keeping message) {
        RunOrder.Sharing sharing = switch (message.getSharing()) {
            case SHARING_AUTO -> RunOrder.Sharing.AUTO;
            case SHARING_YES -> RunOrder.Sharing.YES;
            case SHARING_NO -> RunOrder.Sharing.NO;
            case SHARING_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("sharing: " + message.getSharing() + " (expected: auto, yes or no)");
        };
        return new Keeping(sharing, new Electors(message.getElectorsList()));
    }

    /** An empty text stands for none. */
    static Optional<String> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
