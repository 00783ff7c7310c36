package millrace.nn.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The heap that reading a text takes: its bytes twice while they come in, then its characters, two bytes each at most. */
final class TextMemory {
    private static final int TIMES = 3;
    private static final long BESIDES = 128L << 20;
    private static final double GIGABYTE = 1 << 30;

    private TextMemory() {}

    /**
     * @param file whose size is the text's unless it is packed, which only its reading shows
     * @throws IllegalArgumentException when the heap is too small for it, or no heap is large enough
     */
    static void require(String name, Path file) {
        long bytes = size(file);
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s: %,d bytes (expected: at most %,d, the longest text); divide the file",
                    name,
                    bytes,
                    Integer.MAX_VALUE - 8));
        }
        if (needed(bytes) > Runtime.getRuntime().maxMemory()) {
            throw problem(name, bytes, null);
        }
    }

    /** What is said when the heap turned out too small. */
    static IllegalArgumentException tooSmall(String name, Path file, OutOfMemoryError error) {
        return problem(name, size(file), error);
    }

    private static IllegalArgumentException problem(String name, long bytes, @Nullable Throwable cause) {
        double now = Runtime.getRuntime().maxMemory() / GIGABYTE;
        int gigabytes = (int) Math.ceil(Math.max(needed(bytes) / GIGABYTE, now + 1));
        return new IllegalArgumentException(
                String.format(
                        Locale.ROOT,
                        "%s: %,d bytes of text need about %d GB of heap (now %.1f GB); set MILLRACE_JAVA_OPTS=-Xmx%dg",
                        name,
                        bytes,
                        gigabytes,
                        now,
                        gigabytes),
                cause);
    }

    private static long needed(long bytes) {
        return TIMES * bytes + BESIDES;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException _) {
            // reading it will say what is wrong
            return 0;
        }
    }
}
