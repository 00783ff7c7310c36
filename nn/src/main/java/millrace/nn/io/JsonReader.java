package millrace.nn.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Reads one JSON value and is strict about it: no duplicate names, no comments, no trailing commas. Nesting is
 * bounded, because a header of a million brackets must be an error and not the end of the stack.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
final class JsonReader {
    private static final int DEEPEST = 16;

    private final String file;
    private final JsonScanner scanner;

    private JsonReader(String file, String text) {
        this.file = file;
        this.scanner = new JsonScanner(file, text);
    }

    /**
     * @param file said in errors
     * @throws IllegalArgumentException when the text is not exactly one JSON value
     */
    static Json read(String file, String text) {
        JsonReader reader = new JsonReader(file, text);
        Json value = reader.value(0);
        if (reader.scanner.token() != JsonScanner.END) {
            throw reader.scanner.unexpected("nothing more");
        }
        return value;
    }

    private Json value(int depth) {
        int token = scanner.token();
        if (depth > DEEPEST) {
            throw scanner.unexpected("at most " + DEEPEST + " levels of nesting");
        }
        return switch (token) {
            case '{' -> fields(depth);
            case '[' -> listing(depth);
            case '"' -> new Json.Text(scanner.string());
            case 't' -> new Json.Word(scanner.word("true"));
            case 'f' -> new Json.Word(scanner.word("false"));
            case 'n' -> new Json.Word(scanner.word("null"));
            default -> new Json.Numeral(scanner.numeral());
        };
    }

    private Json fields(int depth) {
        SequencedMap<String, Json> byName = new LinkedHashMap<>();
        scanner.require('{');
        if (!scanner.accept('}')) {
            do {
                field(depth, byName);
            } while (scanner.accept(','));
            scanner.require('}');
        }
        return new Json.Fields(byName);
    }

    private void field(int depth, SequencedMap<String, Json> byName) {
        if (scanner.token() != '"') {
            throw scanner.unexpected("a name in quotes");
        }
        String name = scanner.string();
        scanner.require(':');
        if (byName.put(name, value(depth + 1)) != null) {
            String what = "name " + FileProblem.shown(name) + " twice in the header";
            throw FileProblem.of(file, what, "every name once", FileProblem.DAMAGED);
        }
    }

    private Json listing(int depth) {
        List<Json> items = new ArrayList<>();
        scanner.require('[');
        if (!scanner.accept(']')) {
            do {
                items.add(value(depth + 1));
            } while (scanner.accept(','));
            scanner.require(']');
        }
        return new Json.Listing(items);
    }
}
