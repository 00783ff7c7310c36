package millrace.app.output;

import java.util.Locale;

/** Who reads standard output. */
public enum Audience {
    /** A person at a terminal: a progress bar, then a line an epoch. */
    TERMINAL,
    /** A file or pipe: a line an epoch. */
    PLAIN,
    /** A script: one JSON object a line. */
    JSON,
    /** Nobody until the end. */
    QUIET;

    /** The {@link OutputFormat} for it, by name. */
    String format() {
        return name().toLowerCase(Locale.ROOT);
    }
}
