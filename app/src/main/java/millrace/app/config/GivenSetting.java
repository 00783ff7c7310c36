package millrace.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A setting as {@code -D key=value} gives it. A value is what stands behind the first {@code =}, as it stands there: no
 * {@code #} begins a comment in it, no colon or blank has a meaning. Only what is wholly a number, {@code true},
 * {@code false}, {@code null}, a text in quotes, a list in brackets or a block in braces is read as HOCON has it.
 */
final class GivenSetting {
    private static final Pattern LITERAL = Pattern.compile(
            "true|false|null|-?(0|[1-9]\\d*)(\\.\\d+)?([eE][-+]?\\d+)?"
                    + "|\"([^\"\\\\]|\\\\.)*\"|\"\"\".*\"\"\"|\\[.*\\]|\\{.*\\}",
            Pattern.DOTALL);

    private GivenSetting() {}

    /**
     * The setting alone, as a configuration.
     *
     * @throws IllegalArgumentException on anything but a key and a value
     */
    static Config parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw problem(text, null);
        }
        try {
            return ConfigFactory.empty()
                    .withValue(
                            text.substring(0, equals).strip(),
                            value(text.substring(equals + 1).strip()));
        } catch (ConfigException e) {
            throw problem(text, e);
        }
    }

    private static ConfigValue value(String text) {
        if (LITERAL.matcher(text).matches()) {
            try {
                ConfigValue parsed = ConfigFactory.parseString("value = " + withoutComments(text))
                        .root()
                        .get("value");
                if (parsed != null) {
                    return parsed;
                }
            } catch (ConfigException _) {
                // a path such as {a}, which only looks like a block
            }
        }
        return ConfigValueFactory.fromAnyRef(text);
    }

    /** The same with what would begin a comment in quotes, where it is a part of a name or text like any other. */
    private static String withoutComments(String text) {
        StringBuilder safe = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\' && i + 1 < text.length()) {
                safe.append(c).append(text.charAt(++i));
            } else if (!quoted && c == '#') {
                safe.append("\"#\"");
            } else if (!quoted && text.startsWith("//", i)) {
                safe.append("\"//\"");
                i++;
            } else {
                quoted ^= c == '"';
                safe.append(c);
            }
        }
        return safe.toString();
    }

    private static IllegalArgumentException problem(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException("-D " + text + " (expected: key=value, as in -D training.batch=32)", cause);
    }
}
