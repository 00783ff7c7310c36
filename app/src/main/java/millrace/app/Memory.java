package millrace.app;

import java.util.Locale;
import java.util.Optional;

/** What a process that has run out of memory says of it, in one line with the remedy. */
final class Memory {
    private Memory() {}

    /** Of an exception that an error of memory is behind, wherever in its causes; empty for any other. */
    static Optional<String> shortage(Throwable failure) {
        Throwable cause = failure;
        // causes may go in a circle
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof OutOfMemoryError error) {
                return Optional.of(message(error));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    private static String message(OutOfMemoryError error) {
        String what = String.valueOf(error.getMessage());
        double heap = Runtime.getRuntime().maxMemory() / (double) (1 << 30);
        String words = what.toLowerCase(Locale.ROOT);
        if (words.contains("heap") || words.contains("gc overhead") || words.contains("array size")) {
            return String.format(
                    Locale.ROOT, "out of memory: %s, of %.1f GB; set MILLRACE_JAVA_OPTS=-Xmx%dg", what, heap, (int)
                            Math.ceil(2 * heap));
        }
        return "out of memory: " + what
                + "; take a smaller batch, more micro-batches, --recompute, or a machine with more memory";
    }
}
