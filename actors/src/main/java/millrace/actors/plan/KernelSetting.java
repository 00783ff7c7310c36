package millrace.actors.plan;

import java.util.List;
import java.util.Optional;
import millrace.nn.choice.KernelChoices;
import millrace.nn.choice.KernelTable;
import millrace.nn.choice.KernelTableFile;
import millrace.nn.choice.ProductTimer;
import millrace.nn.kernel.Precision;
import millrace.nn.model.TrainingSpec;
import millrace.nn.model.WeightMatrices;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Order;
import millrace.schedule.order.Streamed;

/** How a run that begins chooses the kernels of its weight matrices; one that goes on keeps those that it has. */
public sealed interface KernelSetting {
    /** By a rule, the same on all processors of a kind: nothing is chosen. */
    record Usual() implements KernelSetting {}

    /** By the table that was measured and kept on this machine; as usual where there is none. */
    record Measured() implements KernelSetting {}

    /**
     * As they are here, whatever was measured.
     *
     * @param choices such as those of another run
     */
    record Chosen(KernelChoices choices) implements KernelSetting {}

    /** The choices of a run of this kind. */
    default KernelChoices choices(TrainingSpec spec, Order order) {
        return switch (this) {
            case Usual _ -> KernelChoices.NONE;
            case Chosen(KernelChoices choices) -> choices;
            case Measured _ -> measured(spec, order);
        };
    }

    private static KernelChoices measured(TrainingSpec spec, Order order) {
        // bfloat16 has one way
        Optional<ProductTimer> timer =
                spec.model().precision() == Precision.F32 ? spec.backend().timer() : Optional.empty();
        return timer.flatMap(known -> table(known)
                        .map(table -> known.choices(
                                table, WeightMatrices.of(spec.model(), spec.microBatchRows(), forwards(spec, order)))))
                .orElse(KernelChoices.NONE);
    }

    /** The table of this processor that is kept; of one that is there and cannot be used the JDK's logger tells. */
    private static Optional<KernelTable> table(ProductTimer timer) {
        return KernelTableFile.of(timer.processor())
                .read(problem -> System.getLogger(KernelSetting.class.getName())
                        .log(System.Logger.Level.WARNING, problem + ". Until then kernels are chosen as usual."));
    }

    /** Forwards that a version of the weights may serve: a stage of a stream uses others in between unless it is the last. */
    static List<Integer> forwards(TrainingSpec spec, Order order) {
        return switch (order) {
            case Flushed _ -> List.of(spec.microBatches());
            case Streamed stream ->
                List.of(1, stream.spec().accumulate() * stream.replicas()).stream()
                        .distinct()
                        .toList();
        };
    }

    /** Whether this machine has a table of any processor; asked without loading the library. */
    static boolean isAnythingMeasured() {
        return KernelTableFile.isAnyKept();
    }
}
