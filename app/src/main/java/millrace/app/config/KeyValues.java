package millrace.app.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** A setting of several parts, as one writes it: {@code latency=2ms,drop=0.01}. */
final class KeyValues {
    private KeyValues() {}

    /**
     * Values by key, in the order of the text; of a key that comes twice the last counts.
     *
     * @param text empty for none
     * @param problem what to say of a part that is not a key with a value
     */
    static Map<String, String> parse(String text, Function<String, IllegalArgumentException> problem) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : text.split(",")) {
            String[] words = part.strip().split("=", 2);
            if (words.length == 2) {
                values.put(words[0].strip(), words[1].strip());
            } else if (!part.isBlank()) {
                throw problem.apply(part);
            }
        }
        return values;
    }
}
