package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.UUID;
import millrace.nn.io.Sha256;
import org.jspecify.annotations.Nullable;

/** Steps on the file system that survive a kill at any moment, and once they return, a loss of power. */
public final class Disk {
    private static final int BUFFER = 1 << 20;

    private Disk() {}

    /** Writes a new file. */
    static void write(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }

    /** Writes a file, at once: whoever reads it finds what was there before, or all of this. Its folder is made. */
    public static void replace(Path file, byte[] bytes) throws IOException {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a folder");
        Files.createDirectories(folder);
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        write(temporary, bytes);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(folder);
    }

    /** Forces the names in a folder to the disk: a file's own force does not. */
    static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Gives a whole folder its name. A folder that has it goes first aside, and comes back when that fails. */
    static void putInPlace(Path folder, Path target) throws IOException {
        Path aside = Layout.hidden(target, Layout.ASIDE);
        boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
        if (replaces) {
            Files.move(target, aside, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (replaces) {
                Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
        force(Objects.requireNonNull(target.toAbsolutePath().getParent()));
        if (replaces) {
            delete(aside);
        }
    }

    /** Lets a relative link lead to a neighbour, whatever it led to before. */
    static void link(Path link, Path neighbour) throws IOException {
        Path temporary = Layout.hidden(link, Layout.TEMPORARY);
        Files.createSymbolicLink(temporary, neighbour.getFileName());
        Files.move(temporary, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes a checkpoint's folder, or a hidden one, so that no part of it is ever seen under its name. */
    static void deleteHidden(Path folder) throws IOException {
        Path hidden = Layout.hidden(Layout.visible(folder), Layout.TEMPORARY);
        Files.move(folder, hidden, StandardCopyOption.ATOMIC_MOVE);
        delete(hidden);
    }

    /** Deletes a file, link or folder; follows no links. */
    static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** SHA-256 of a file, in hexadecimal. */
    static String sha256(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return Sha256.text(digest);
    }
}
