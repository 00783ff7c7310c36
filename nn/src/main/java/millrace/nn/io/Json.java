package millrace.nn.io;

import java.util.HexFormat;
import java.util.List;
import java.util.SequencedMap;

/** A JSON value, as far as a safetensors header needs it. */
sealed interface Json {
    record Text(String value) implements Json {}

    /** A number as written: a double would round offsets above 2^53. */
    record Numeral(String digits) implements Json {}

    /** {@code true}, {@code false} or {@code null}. */
    record Word(String value) implements Json {}

    record Listing(List<Json> items) implements Json {}

    record Fields(SequencedMap<String, Json> byName) implements Json {}

    /** The text between quotes, escaped where JSON demands it; everything else stays as it is. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (c < ' ') {
                        quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
