package millrace.nn.choice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.nn.io.AtomicFile;
import millrace.nn.io.InWords;
import org.jspecify.annotations.Nullable;

/**
 * Where the table of a processor is kept: a file of the user's cache folder, one for each processor and version of the
 * library, so that a home that several machines share has one for each.
 *
 * @param path it need not be there
 * @param processor whose it is
 */
public record KernelTableFile(Path path, Processor processor) {
    private static final String NAME = "kernels-";
    private static final String END = ".txt";
    private static final String AGAIN = "; delete it, or measure again with: millrace kernels";

    /** That of a processor, in {@link #folder}. */
    public static KernelTableFile of(Processor processor) {
        return new KernelTableFile(folder().resolve(NAME + processor.fileName() + END), processor);
    }

    /**
     * Where tables are kept: what the system property {@code millrace.cache} or the variable MILLRACE_CACHE says, or millrace in
     * $XDG_CACHE_HOME, or in .cache of the user's home.
     */
    public static Path folder() {
        return named(System.getProperty("millrace.cache"))
                .or(() -> named(System.getenv("MILLRACE_CACHE")))
                .or(() -> named(System.getenv("XDG_CACHE_HOME")).map(cache -> cache.resolve("millrace")))
                .orElseGet(() -> Path.of(System.getProperty("user.home", "."), ".cache", "millrace"));
    }

    /** Whether there is a table of any processor. */
    public static boolean isAnyKept() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder(), NAME + "*" + END)) {
            return files.iterator().hasNext();
        } catch (IOException _) {
            return false;
        }
    }

    private static Optional<Path> named(@Nullable String folder) {
        return Optional.ofNullable(folder).filter(name -> !name.isBlank()).map(Path::of);
    }

    /**
     * The table that is kept; empty where there is none, or none that can be used.
     *
     * @param notice told in words why a file that is there cannot be used
     */
    public Optional<KernelTable> read(Consumer<String> notice) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            KernelTable table = KernelTable.parse(Files.readString(path, StandardCharsets.UTF_8));
            if (table.processor().equals(processor)) {
                return Optional.of(table);
            }
            notice.accept(
                    path + ": of " + table.processor() + " (expected: " + processor + ", this processor)" + AGAIN);
        } catch (IllegalArgumentException e) {
            notice.accept(path + ": " + e.getMessage() + AGAIN);
        } catch (IOException e) {
            notice.accept(path + ": " + InWords.reason(e) + " (expected: a table of kernels that can be read)" + AGAIN);
        }
        return Optional.empty();
    }

    /**
     * Keeps a table instead of the one before.
     *
     * @throws IllegalArgumentException when the file cannot be written
     */
    public void write(KernelTable table) {
        try {
            Path parent = path.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            AtomicFile.write(path, table.text());
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalArgumentException(
                    "MILLRACE_CACHE: " + path + " (expected: a file that can be written: " + InWords.reason(e)
                            + "); set it to a folder of yours",
                    e);
        }
    }
}
