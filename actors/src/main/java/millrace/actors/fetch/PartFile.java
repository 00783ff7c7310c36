package millrace.actors.fetch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * What is here so far of a file that is being fetched, under its digest's name beside the target, so that it is found again
 * after a crash. One writer at a time, among all processes of the machine.
 */
final class PartFile implements AutoCloseable {
    private final FileDigest file;
    private final Path target;
    private final Path part;
    private final FileChannel channel;

    private PartFile(FileDigest file, Path target, Path part, FileChannel channel) {
        this.file = file;
        this.target = target;
        this.part = part;
        this.channel = channel;
    }

    /**
     * Opens it, cut to whole pieces.
     *
     * @return empty while somebody else writes it
     */
    static Optional<PartFile> open(FileDigest file, Path target) throws IOException {
        Path part = file.partOf(target);
        Files.createDirectories(Objects.requireNonNull(part.getParent(), "a part is in a folder"));
        FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            // it lasts until the channel is closed
            FileLock lock = channel.tryLock();
            if (lock != null && Files.exists(part)) {
                long whole = Math.min(channel.size(), file.bytes());
                channel.truncate(whole == file.bytes() ? whole : whole - whole % Download.CHUNK);
                return Optional.of(new PartFile(file, target, part, channel));
            }
        } catch (OverlappingFileLockException _) {
            // another node of this process
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    /** Pieces that are here. */
    long chunks() throws IOException {
        return Download.chunks(channel.size());
    }

    /** Writes a piece. */
    void write(long number, ByteBuffer bytes) throws IOException {
        long at = number * Download.CHUNK;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Throws away what is here. */
    void clear() throws IOException {
        channel.truncate(0);
    }

    /** Gives the file its name if its bytes are those of the digest; false, and nothing is left, when they are not. */
    boolean complete() throws IOException {
        channel.force(true);
        if (!FileDigest.of(part).equals(file)) {
            clear();
            return false;
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(Objects.requireNonNull(part.getParent(), "a part is in a folder"))) {
            folder.force(true);
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
