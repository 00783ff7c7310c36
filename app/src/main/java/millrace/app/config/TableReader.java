package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import millrace.nn.data.ColumnRule;
import millrace.nn.data.ColumnRule.DatePart;
import millrace.nn.data.ColumnRule.Kind;
import millrace.nn.data.ColumnRule.Missing;
import millrace.nn.data.ColumnRule.Unknown;
import millrace.nn.data.CsvFormat;
import millrace.nn.data.CsvOptions;
import millrace.nn.data.CsvOptions.Separator;

/** The block {@code data.csv} of a run file: how a table is read. */
final class TableReader {
    private static final Set<String> KEYS =
            Set.of("column", "type", "fill", "flag-missing", "unknown", "format", "parts");

    private enum Decimal {
        POINT,
        COMMA
    }

    private TableReader() {}

    /**
     * @param csv the block
     * @throws IllegalArgumentException on an unknown word or key
     */
    static CsvOptions options(Settings csv) {
        List<ColumnRule> rules = new ArrayList<>();
        for (ConfigValue value : csv.values("columns")) {
            rules.add(rule(csv, value));
        }
        return new CsvOptions(
                format(csv),
                csv.isList("label") ? csv.texts("label") : List.of(csv.text("label")),
                csv.has("weight") ? Optional.of(csv.text("weight")) : Optional.empty(),
                csv.choice("task", CsvOptions.Task.class),
                csv.texts("drop"),
                List.of(),
                rules,
                ColumnRule.number("").withMissing(csv.choice("fill", Missing.class), csv.flag("flag-missing")));
    }

    /** How the text of a table is written. */
    static CsvFormat format(Settings csv) {
        return new CsvFormat(
                separator(csv),
                csv.choice("header", CsvOptions.Header.class),
                csv.choice("decimal", Decimal.class) == Decimal.POINT ? '.' : ',',
                charset(csv),
                csv.texts("missing"));
    }

    /** By its name, or the character itself as other programs have it. */
    private static Separator separator(Settings csv) {
        return switch (csv.text("separator")) {
            case "," -> Separator.COMMA;
            case ";" -> Separator.SEMICOLON;
            case "\t" -> Separator.TAB;
            case " " -> Separator.BLANKS;
            default -> csv.choice("separator", Separator.class);
        };
    }

    private static Charset charset(Settings csv) {
        String name = csv.text("encoding");
        if (name.equalsIgnoreCase("latin-1")) {
            return StandardCharsets.ISO_8859_1;
        }
        try {
            return Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw csv.problem("encoding", name, "utf-8, latin-1, windows-1252 or another one that Java knows");
        }
    }

    private static ColumnRule rule(Settings csv, ConfigValue value) {
        if (!(value instanceof ConfigObject block) || !block.containsKey("column") || !block.containsKey("type")) {
            throw csv.problem("columns", value.unwrapped(), "blocks, as in { column = sky, type = category }");
        }
        for (String key : block.keySet()) {
            if (!KEYS.contains(key)) {
                throw csv.problem("columns", key, "a key of a column: " + String.join(", ", new TreeSet<>(KEYS)));
            }
        }
        return rule(block.toConfig());
    }

    /** A rule as {@link #options} reads it and {@link SavedData} writes it. */
    static ColumnRule rule(Config block) {
        Settings settings = new Settings(block).called("data.csv.columns");
        Kind kind = settings.choice("type", Kind.class);
        for (String key : Set.of("format", "parts", "unknown")) {
            Kind only = key.equals("unknown") ? Kind.CATEGORY : Kind.DATE;
            if (settings.has(key) && kind != only) {
                throw settings.problem(
                        key,
                        block.getValue(key).unwrapped(),
                        "nothing with type " + word(kind) + ", it is for type " + word(only));
            }
        }
        List<DatePart> parts = settings.has("parts")
                ? settings.choices("parts", DatePart.class)
                : kind == Kind.DATE ? ColumnRule.PARTS : List.of();
        return new ColumnRule(
                settings.text("column"),
                kind,
                settings.has("fill") ? settings.choice("fill", Missing.class) : Missing.REFUSE,
                settings.has("flag-missing") && settings.flag("flag-missing"),
                settings.has("unknown") ? settings.choice("unknown", Unknown.class) : Unknown.REFUSE,
                settings.has("format") ? settings.text("format") : "",
                parts);
    }

    private static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
