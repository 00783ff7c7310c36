package millrace.app.output.text;

import java.util.function.BinaryOperator;
import millrace.app.output.Audience;

/** Colours of a grid's cells on a terminal: F blue, I and B warm, W green, as in the pictures. */
public final class CellColours {
    private static final String RESET = "\u001b[0m";

    private CellColours() {}

    /** What {@link millrace.schedule.Grid} paints cells with. */
    public static BinaryOperator<String> painter(Audience audience) {
        return audience == Audience.TERMINAL ? CellColours::painted : (_, padded) -> padded;
    }

    private static String painted(String text, String padded) {
        String colour = colour(text);
        return colour.isEmpty() ? padded : colour + text + RESET + padded.substring(text.length());
    }

    private static String colour(String text) {
        if (text.startsWith("(")) {
            return "\u001b[35m";
        }
        if (text.indexOf('F') >= 0) {
            return "\u001b[34m";
        }
        if (text.indexOf('B') >= 0) {
            return "\u001b[31m";
        }
        if (text.indexOf('I') >= 0) {
            return "\u001b[33m";
        }
        if (text.indexOf('R') >= 0) {
            return "\u001b[94m";
        }
        return text.indexOf('W') >= 0 ? "\u001b[32m" : "";
    }
}
