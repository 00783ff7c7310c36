package millrace.nn.layer;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/** The components of a layer that is a record, by name. */
final class RecordSettings {
    private RecordSettings() {}

    /** Empty for a layer that is none. */
    static Map<String, Object> of(Layer layer) {
        Map<String, Object> settings = new LinkedHashMap<>();
        if (layer instanceof Record) {
            for (RecordComponent component : layer.getClass().getRecordComponents()) {
                settings.put(component.getName(), value(layer, component));
            }
        }
        return settings;
    }

    private static Object value(Layer layer, RecordComponent component) {
        try {
            // the record need not be public
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(layer);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(layer.type() + ": " + component.getName() + " cannot be read", e);
        }
    }
}
