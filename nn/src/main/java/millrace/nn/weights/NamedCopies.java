package millrace.nn.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.nn.layer.Parameter;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Memory that is laid out as a stage's parameters, to tensors by name and back. */
final class NamedCopies {
    private final List<Parameter> parameters;

    NamedCopies(List<Parameter> parameters) {
        this.parameters = parameters;
    }

    /**
     * A copy of one memory, rows close together.
     *
     * @param arena where the copy lives
     * @param suffix what follows the parameter's name, as in {@code 0.weight.exp_avg}; may be empty
     */
    NamedTensor of(Arena arena, int parameter, String suffix, MemorySegment memory) {
        Parameter layout = parameters.get(parameter);
        Tensor copy = Tensor.zeros(arena, ElementType.F32, layout.shape());
        layout.pack(memory, copy.memory());
        return new NamedTensor(layout.name() + suffix, copy);
    }

    /** Copies of one memory a parameter. */
    List<NamedTensor> of(Arena arena, String suffix, List<MemorySegment> memory) {
        List<NamedTensor> result = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            result.add(of(arena, i, suffix, memory.get(i)));
        }
        return result;
    }

    /**
     * Fills one memory from the tensor of its name.
     *
     * @return false when there is no such tensor
     * @throws IllegalArgumentException when it has another shape
     */
    boolean fillIfThere(Map<String, Tensor> tensors, int parameter, String suffix, MemorySegment memory) {
        Parameter layout = parameters.get(parameter);
        String name = layout.name() + suffix;
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            return false;
        }
        checkShape(name, tensor.shape(), layout.shape());
        layout.unpack(tensor.memory(), memory);
        return true;
    }

    /**
     * Fills one memory a parameter.
     *
     * @throws IllegalArgumentException when a tensor is missing or has another shape
     */
    void fill(Map<String, Tensor> tensors, String suffix, List<MemorySegment> memory) {
        for (int i = 0; i < parameters.size(); i++) {
            if (!fillIfThere(tensors, i, suffix, memory.get(i))) {
                Parameter layout = parameters.get(i);
                throw new IllegalArgumentException("checkpoint: no tensor " + layout.name() + suffix
                        + " (expected: one of shape " + layout.shape() + "); is it of another model?");
            }
        }
    }

    private static void checkShape(String name, Shape found, Shape expected) {
        if (!found.equals(expected)) {
            throw new IllegalArgumentException("checkpoint: " + name + " has shape " + found + " (expected: " + expected
                    + "); is it of another model?");
        }
    }
}
