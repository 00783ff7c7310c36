package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;
import org.jspecify.annotations.Nullable;

/**
 * What a stage has of a weight that an embedding and a dense layer share. Each layer holds a copy of it, with a gradient
 * and optimizer state. Before a step both gradients become the sum of the two; then both copies step alike, and stay
 * equal to the bit, also in different stages. A sum of two floats is the same either way round.
 */
public final class TiedWeight {
    /** Name of the embedding's table. */
    static final String TABLE = "0.weight";

    private final @Nullable Parameter table;
    private final @Nullable Parameter copy;
    private final @Nullable TensorPool shares;
    private boolean summed;

    /**
     * What a stage has of it: both copies, one, or none.
     *
     * @param arena where shares live
     * @param parameters of the stage
     * @param limit shares that may be on their way at once
     */
    public TiedWeight(Model model, Arena arena, List<Parameter> parameters, int limit) {
        boolean tied = model.tied().isPresent();
        this.table = tied ? find(parameters, 0) : null;
        this.copy = tied ? find(parameters, model.tied().getAsInt()) : null;
        Parameter own = own();
        this.shares = own == null
                ? null
                : new TensorPool("shares of the tied weight's gradient", arena, own.elements(), limit);
    }

    private static @Nullable Parameter find(List<Parameter> parameters, int layer) {
        return parameters.stream()
                .filter(parameter ->
                        parameter.layer() == layer && parameter.spec().name().equals("weight"))
                .findFirst()
                .orElse(null);
    }

    /** Whether tensors by name have two different weights where the model has one. */
    static boolean differs(Model model, Map<String, Tensor> tensors) {
        Tensor table = tensors.get(TABLE);
        Tensor copy = model.tied().isPresent() ? tensors.get(model.tied().getAsInt() + ".weight") : null;
        return table != null && copy != null && table.memory().mismatch(copy.memory()) >= 0;
    }

    /** The copy here, where the other one is in another stage. */
    private @Nullable Parameter own() {
        if (table != null && copy != null) {
            return null;
        }
        return table != null ? table : copy;
    }

    /** Whether the other copy is in another stage. */
    boolean isShared() {
        return shares != null;
    }

    /** The gradient here, for the other stage; with one hold. */
    Tensor share() {
        Parameter own = own();
        if (own == null || shares == null) {
            throw new IllegalStateException("share of a tied weight (expected: of a stage with one copy)");
        }
        Tensor share = shares.take(ElementType.F32, Shape.of(Math.toIntExact(own.elements())));
        MemorySegment.copy(own.gradient(), 0, share.memory(), 0, share.memory().byteSize());
        return share;
    }

    /** Adds the other stage's gradient, which the caller releases. */
    void add(Kernels kernels, Tensor share) {
        Parameter own = own();
        if (own == null || summed) {
            throw new IllegalStateException("share of a tied weight (expected: one a step, where one copy is)");
        }
        kernels.add(own.gradient(), share.memory(), own.gradient(), own.elements());
        summed = true;
    }

    /** Before gradients are measured, and before a step: the sum is there. */
    void settle(Kernels kernels) {
        if (table != null && copy != null && !summed) {
            kernels.add(table.gradient(), copy.gradient(), table.gradient(), table.elements());
            copy.gradient().copyFrom(table.gradient());
            summed = true;
        }
        if (isShared() && !summed) {
            throw new IllegalStateException(
                    "gradient of a tied weight without the other stage's share (expected: added before)");
        }
    }

    /** The step is made. */
    void stepped() {
        summed = false;
    }

    /** Shares that did not come back. */
    public int missing() {
        return shares == null ? 0 : shares.inUse();
    }
}
