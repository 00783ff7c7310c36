package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.tensor.TensorPool;

/**
 * All gradients of a stage as one tensor, for the sum over the replicas of a line where one thread has all of them: in the
 * references. A line of ranks exchanges {@link GradientParts}.
 */
public final class ReplicaGradients {
    private final List<Parameter> parameters;
    private final TensorPool shares;
    private final long elements;

    /**
     * The gradients of one stage.
     *
     * @param arena where shares live
     * @param parameters of the stage
     * @param limit shares that may be held at once, here or on their way from here
     */
    public ReplicaGradients(Arena arena, List<Parameter> parameters, int limit) {
        this.parameters = List.copyOf(parameters);
        this.elements = parameters.stream()
                        .mapToLong(parameter -> parameter.gradient().byteSize())
                        .sum()
                / Float.BYTES;
        this.shares = new TensorPool("shares of a stage's gradients", arena, elements, limit);
    }

    /** A copy of the gradients as they are, with one hold. */
    Tensor copy() {
        Tensor share = shares.take(ElementType.F32, Shape.of(Math.toIntExact(elements)));
        long offset = 0;
        for (Parameter parameter : parameters) {
            MemorySegment gradient = parameter.gradient();
            MemorySegment.copy(gradient, 0, share.memory(), offset, gradient.byteSize());
            offset += gradient.byteSize();
        }
        return share;
    }

    /**
     * Makes the gradients the sum of the shares, first to last.
     *
     * @throws IllegalArgumentException when one has another size: another model's
     */
    void sum(Kernels kernels, List<Tensor> ofReplicas) {
        for (Tensor share : ofReplicas) {
            if (share.shape().size() != elements) {
                throw new IllegalArgumentException("share of a stage's gradients: " + share.shape() + " (expected: "
                        + elements + " elements, as this replica has)");
            }
        }
        long offset = 0;
        for (Parameter parameter : parameters) {
            MemorySegment gradient = parameter.gradient();
            long bytes = gradient.byteSize();
            long from = offset;
            List<MemorySegment> parts = ofReplicas.stream()
                    .map(share -> share.memory().asSlice(from, bytes))
                    .toList();
            MemorySegment sum = parts.getFirst();
            for (MemorySegment part : parts.subList(1, parts.size())) {
                kernels.add(sum, part, gradient, bytes / Float.BYTES);
                sum = gradient;
            }
            offset += bytes;
        }
    }

    /** Where shares come from, for the leak check. */
    public TensorPool pool() {
        return shares;
    }
}
