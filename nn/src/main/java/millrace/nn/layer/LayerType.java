package millrace.nn.layer;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A kind of layer that a run file may name.
 *
 * @param name the word in run files: {@code dense}
 * @param description one line for the list of layers
 * @param shapes what it makes of one sample: {@code n -> units}
 * @param keys its settings
 * @param factory makes the layer, or several with one name, from settings that are complete
 */
public record LayerType(
        String name, String description, String shapes, List<LayerKey> keys, Function<LayerSettings, Block> factory) {
    public LayerType {
        keys = List.copyOf(keys);
        Set<String> names = new HashSet<>();
        for (LayerKey key : keys) {
            if (key.name().equals("type") || !names.add(key.name())) {
                throw new IllegalArgumentException(
                        "layer " + name + ", key: " + key.name() + " (expected: each once, and none is called type)");
            }
        }
    }
}
