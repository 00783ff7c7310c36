package millrace.actors.wire;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import millrace.actors.cluster.RunOrder;
import millrace.nn.choice.KernelChoices;

/** Run orders, which several messages have in them. */
final class RunOrderCodec {
    private RunOrderCodec() {}

    static millrace.proto.v1.RunOrder of(RunOrder order) {
        return millrace.proto.v1.RunOrder.newBuilder()
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
                .build();
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
                KernelChoices.parse(message.getKernelsList()));
    }

    /** An empty text stands for none. */
    static Optional<String> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }
}
