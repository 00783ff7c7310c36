package millrace.nn.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file whole or not at all: under another name in the same folder, forced to the disk, then renamed. Whoever
 * opens the target sees the old bytes or the new ones, whenever the writer dies.
 */
public final class AtomicFile {
    /** What fills the file. */
    @FunctionalInterface
    public interface Content {
        /** Writes all of it from the file's beginning. */
        void writeTo(FileChannel channel) throws IOException;
    }

    private AtomicFile() {}

    /**
     * Writes a text in UTF-8.
     *
     * @throws IllegalArgumentException as {@link #write(Path, Content)}
     * @throws UncheckedIOException when writing fails, as on a full disk; the target is as it was
     */
    public static void write(Path path, String text) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        write(path, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /**
     * Writes what the content gives.
     *
     * @throws IllegalArgumentException when the path is a folder, or its folder does not exist or may not be written
     * @throws UncheckedIOException when writing fails, as on a full disk; the target is as it was
     */
    public static void write(Path path, Content content) {
        if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throughPipe(path, content);
            return;
        }
        Path target = followed(path.toAbsolutePath());
        requireWritable(path.toString(), target);
        // not Files.createTempFile: the file would keep that method's permissions, for the owner alone
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    FileProblem.message(
                            path.toString(),
                            "not written, " + InWords.reason(e),
                            "a writable disk with room",
                            "check the disk"),
                    e);
        } finally {
            discard(temporary);
        }
    }

    /** What is no plain file, as a pipe or a terminal, cannot be replaced and is written to. */
    private static void throughPipe(Path path, Content content) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    FileProblem.message(
                            path.toString(),
                            "not written, " + InWords.reason(e),
                            "a pipe or device that takes it",
                            "check it"),
                    e);
        }
    }

    /** A link stays one; what it leads to is replaced. */
    private static Path followed(Path target) {
        try {
            return Files.exists(target) ? target.toRealPath() : target;
        } catch (IOException _) {
            return target;
        }
    }

    private static void requireWritable(String file, Path target) {
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw FileProblem.of(file, "a folder", "the path of a file", "add a file name");
        }
        if (!Files.isDirectory(folder)) {
            throw FileProblem.of(file, "no folder " + folder, "an existing folder", "create it");
        }
        if (!Files.isWritable(folder)) {
            throw FileProblem.of(
                    file, "no permission to write in " + folder, "a writable folder", "check the permissions");
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
