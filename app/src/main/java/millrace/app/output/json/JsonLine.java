package millrace.app.output.json;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One JSON object on one line, keys in the order they were put. */
public final class JsonLine {
    private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

    /** A line that begins with {@code "event":...}. */
    public static JsonLine event(String name) {
        return new JsonLine().put("event", name);
    }

    /**
     * @param value text, number, boolean, map, or a list of such; numbers that JSON cannot write become null
     */
    public JsonLine put(String key, @Nullable Object value) {
        fields.put(key, value);
        return this;
    }

    @Override
    public String toString() {
        return text(fields);
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Double d when !Double.isFinite(d) -> "null";
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case JsonLine line -> line.toString();
            case Map<?, ?> map -> {
                StringBuilder text = new StringBuilder("{");
                map.forEach((key, item) -> text.append(text.length() > 1 ? "," : "")
                        .append(quoted(String.valueOf(key)))
                        .append(':')
                        .append(text(item)));
                yield text.append('}').toString();
            }
            case Iterable<?> list -> {
                StringBuilder text = new StringBuilder("[");
                list.forEach(item -> text.append(text.length() > 1 ? "," : "").append(text(item)));
                yield text.append(']').toString();
            }
            default -> quoted(value.toString());
        };
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                default -> quoted.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }
}
