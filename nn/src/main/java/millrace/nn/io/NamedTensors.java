package millrace.nn.io;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import millrace.nn.tensor.Tensor;

/**
 * What a safetensors file holds: tensors and texts by name, both in the order of the file's header. The maps are
 * copied and cannot be changed; the tensors are shared, and compare by identity.
 *
 * @param tensors F32 and I32, of any shape
 * @param metadata free texts beside them, such as the model's configuration
 */
public record NamedTensors(SequencedMap<String, Tensor> tensors, SequencedMap<String, String> metadata) {
    /** Copies the maps. */
    public NamedTensors {
        tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
    }

    /**
     * The tensor of a name.
     *
     * @throws IllegalArgumentException when there is none; lists those that there are
     */
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("tensor: " + name + " (expected: one of " + tensors.keySet() + ")");
        }
        return tensor;
    }
}
