package millrace.nn.layer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** The known kinds of layers by name: our own and those that the class path adds ({@link LayerProvider}). */
public final class LayerTypes {
    private static final Map<String, LayerType> BY_NAME = new LinkedHashMap<>();

    static {
        List<LayerProvider> found = new ArrayList<>();
        ServiceLoader.load(LayerProvider.class, LayerTypes.class.getClassLoader())
                .forEach(found::add);
        // ours come first, whatever the class path's order, and nobody replaces them unawares
        found.sort(Comparator.comparing(provider -> !(provider instanceof StandardLayers)));
        found.stream()
                .flatMap(provider -> provider.types().stream())
                .forEach(type -> BY_NAME.putIfAbsent(type.name(), type));
    }

    private LayerTypes() {}

    /** All kinds of layers, Millrace's own first. */
    public static List<LayerType> all() {
        return List.copyOf(BY_NAME.values());
    }

    /**
     * The kind of that name.
     *
     * @throws IllegalArgumentException on an unknown name (lists the known ones)
     */
    public static LayerType named(String name) {
        LayerType type = BY_NAME.get(name);
        if (type == null) {
            throw new IllegalArgumentException(
                    "type: " + name + " (expected: one of " + String.join(", ", BY_NAME.keySet()) + ")");
        }
        return type;
    }
}
