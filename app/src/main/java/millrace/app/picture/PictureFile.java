package millrace.app.picture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import millrace.nn.io.InWords;
import millrace.schedule.timeline.Timeline;

/**
 * Writes pictures into files, in the form that the file's ending names. A file appears whole or not at all: it is
 * written under another name in the same folder, then renamed.
 */
public final class PictureFile {
    private static final List<String> PICTURES = List.of(".svg", ".png");
    private static final List<String> TIMELINES = List.of(".svg", ".png", ".json");

    /** What fills the file. */
    @FunctionalInterface
    private interface Content {
        void writeTo(Path file) throws IOException;
    }

    private PictureFile() {}

    /**
     * Refuses early what {@link #write(Path, Picture)} would refuse after a long computation.
     *
     * @throws IllegalArgumentException when the file's ending is not known, or the file cannot be there
     */
    public static void requirePicture(Path file) {
        ending(file, PICTURES);
        requireFolder(file);
    }

    /**
     * The same for {@link #writeTimelines}.
     *
     * @throws IllegalArgumentException when the file's ending is not known, or the file cannot be there
     */
    public static void requireTimelines(Path file) {
        ending(file, TIMELINES);
        requireFolder(file);
    }

    /** Writes a picture: {@code .svg}, {@code .png}. */
    public static void write(Path file, Picture picture) {
        requirePicture(file);
        byte[] bytes = ending(file, PICTURES).equals(".png")
                ? picture.png()
                : picture.svg().getBytes(StandardCharsets.UTF_8);
        replace(file, temporary -> Files.write(temporary, bytes, StandardOpenOption.CREATE_NEW));
    }

    /** Writes timelines: as a Gantt chart to {@code .svg} and {@code .png}, as a Chrome trace to {@code .json}. */
    public static void writeTimelines(Path file, List<Timeline> timelines) {
        if (!ending(file, TIMELINES).equals(".json")) {
            write(file, Gantt.of(timelines));
            return;
        }
        requireFolder(file);
        replace(file, temporary -> {
            try (Writer out =
                    Files.newBufferedWriter(temporary, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW)) {
                ChromeTrace.write(timelines, out);
            }
        });
    }

    /** Refuses early what {@link #writeText} would refuse after a long computation. */
    public static void requireText(Path file) {
        requireFolder(file);
    }

    /** Writes a text. */
    public static void writeText(Path file, String text) {
        requireFolder(file);
        replace(file, temporary -> Files.writeString(temporary, text, StandardOpenOption.CREATE_NEW));
    }

    private static String ending(Path file, List<String> known) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return known.stream()
                .filter(name::endsWith)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "picture: " + file + " (expected: a file that ends in " + or(known) + ")"));
    }

    private static String or(List<String> words) {
        return String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    }

    private static void requireFolder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException("file: " + file + " is a folder (expected: the path of a file)");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "file: " + file + ", no folder " + folder + " (expected: an existing folder); create it");
        }
    }

    private static void replace(Path file, Content content) {
        Path target = file.toAbsolutePath();
        // not Files.createTempFile: the file would keep that method's permissions, for the owner alone
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            content.writeTo(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "file: " + file + " not written, " + InWords.reason(e) + " (expected: a writable disk with room)",
                    e);
        } finally {
            discard(temporary);
        }
    }

    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException _) {
            // there is nothing left to delete after a success, and after a failure the first error counts
        }
    }
}
