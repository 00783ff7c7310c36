package millrace.nn.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import millrace.nn.tensor.Tensor;

/**
 * A copy of a parameter or of an optimizer buffer, rows close together.
 *
 * @param name {@code 0.weight}, or {@code 0.weight.exp_avg} for optimizer state
 */
public record NamedTensor(String name, Tensor tensor) {
    /** The tensors by their names, in the order of the list. */
    public static SequencedMap<String, Tensor> byName(List<NamedTensor> tensors) {
        SequencedMap<String, Tensor> result = new LinkedHashMap<>();
        tensors.forEach(tensor -> result.put(tensor.name(), tensor.tensor()));
        return result;
    }
}
