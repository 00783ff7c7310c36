package millrace.actors.wire;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.access.Credential;
import millrace.actors.cluster.RunOrder;
import millrace.nn.choice.KernelChoices;

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
                .setIntervalMs(order.interval().toMillis())
                .addAllTellEvery(order.tellEvery())
                .setCopies(order.copies())
                .addAllKernels(order.kernels().texts())
                .setData(RunDataCodec.of(order.data()));
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
                Duration.ofMillis(message.getIntervalMs()),
                Set.copyOf(message.getTellEveryList()),
                message.getCopies(),
                KernelChoices.parse(message.getKernelsList()),
                RunDataCodec.of(message.getData()),
                message.hasCredential() ? Optional.of(of(message.getCredential())) : Optional.empty());
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

    /** An empty text stands for none. */
    static Optional<String> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
