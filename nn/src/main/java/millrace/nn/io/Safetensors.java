package millrace.nn.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import millrace.nn.tensor.Tensor;

/**
 * Reads and writes safetensors files: the length of the header (8 bytes, little-endian), the header (JSON: type, shape
 * and place of every tensor by name, and texts under {@code __metadata__}), then the tensors' elements, row-major and
 * little-endian. Elements go between the file and off-heap memory without a copy on the heap.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">The format</a>
 */
public final class Safetensors {
    private Safetensors() {}

    /**
     * Writes a file, atomically: a reader sees the old file or the new one, and a failure leaves the old one alone.
     * Equal input gives equal bytes. Nobody may change the tensors meanwhile.
     *
     * @param path in a folder that exists; an existing file is replaced
     * @param tensors F32 or I32 of any shape, packed, by any name but {@code __metadata__}
     * @param metadata texts to keep beside them; may be empty
     * @throws IllegalArgumentException when the path cannot be a file, a name is not allowed, or a text is not valid
     *     Unicode
     * @throws UncheckedIOException when writing fails, as on a full disk
     */
    public static void write(Path path, SequencedMap<String, Tensor> tensors, SequencedMap<String, String> metadata) {
        write(path, tensors, metadata, _ -> {});
    }

    /**
     * Writes a file as {@link #write(Path, SequencedMap, SequencedMap)}, and computes the digest of what is written, which need not be
     * read again for it.
     *
     * @param digest of all of the file, from its first byte on
     */
    public static void write(
            Path path,
            SequencedMap<String, Tensor> tensors,
            SequencedMap<String, String> metadata,
            MessageDigest digest) {
        write(path, tensors, metadata, digest::update);
    }

    /**
     * @param also takes each piece before it is written, from its position to its limit
     */
    private static void write(
            Path path,
            SequencedMap<String, Tensor> tensors,
            SequencedMap<String, String> metadata,
            Consumer<ByteBuffer> also) {
        ByteBuffer header =
                Header.describing(path.toString(), tensors, metadata).encode(path.toString(), Header.LONGEST);
        AtomicFile.write(path, channel -> {
            also.accept(header.duplicate());
            writeFully(channel, header);
            for (Tensor tensor : tensors.values()) {
                for (ByteBuffer piece : Pieces.of(tensor.memory(), Pieces.OF_CACHE)) {
                    also.accept(piece.duplicate());
                    writeFully(channel, piece);
                }
            }
        });
    }

    /**
     * What {@link #write} would write, in memory.
     *
     * @param name of the file, for complaints
     * @param memory where it is to live; all of it is written
     * @throws IllegalArgumentException as {@link #write}
     */
    public static MemorySegment image(
            String name,
            SegmentAllocator memory,
            SequencedMap<String, Tensor> tensors,
            SequencedMap<String, String> metadata) {
        MemorySegment header = MemorySegment.ofBuffer(
                Header.describing(name, tensors, metadata).encode(name, Header.LONGEST));
        long bytes = header.byteSize();
        for (Tensor tensor : tensors.values()) {
            bytes += tensor.memory().byteSize();
        }
        MemorySegment image = memory.allocate(bytes, 64);
        long at = header.byteSize();
        MemorySegment.copy(header, 0, image, 0, at);
        for (Tensor tensor : tensors.values()) {
            MemorySegment.copy(tensor.memory(), 0, image, at, tensor.memory().byteSize());
            at += tensor.memory().byteSize();
        }
        return image;
    }

    /**
     * Reads a file whole, after checking all of its header.
     *
     * @return tensors in the header's order, each in 64-byte aligned memory that lives as long as it is reachable
     * @throws IllegalArgumentException when the file is missing, unreadable, truncated or damaged, or holds a tensor of
     *     a type other than F32 and I32
     */
    public static NamedTensors read(Path path) {
        return read(path, name -> false);
    }

    /**
     * Reads a file as {@link #read(Path)}, but for counters.
     *
     * @param counters names of tensors that, where they are a scalar I64, are left out: PyTorch's batch normalization
     *     counts its batches so
     */
    public static NamedTensors read(Path path, Predicate<String> counters) {
        String file = path.toString();
        requireReadable(file, path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return read(file, channel.size(), channel::read, () -> ForeignFile.recognised(path, channel), counters);
        } catch (EOFException e) {
            throw new IllegalArgumentException(
                    FileProblem.message(file, "became shorter while it was read", "a file at rest", "read it again"),
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    FileProblem.message(file, e.toString(), "a readable file", "check the disk"), e);
        }
    }

    /**
     * Reads what a file holds from memory, as {@link #read(Path)}.
     *
     * @param name of the file, for complaints
     * @param file its bytes
     * @throws IllegalArgumentException when they are not those of such a file
     */
    public static NamedTensors read(String name, MemorySegment file) {
        Source memory = (into, position) -> {
            long left = file.byteSize() - position;
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(into.remaining(), left);
            into.put(file.asSlice(position, count).asByteBuffer());
            return count;
        };
        try {
            return read(name, file.byteSize(), memory, Optional::empty, _ -> false);
        } catch (IOException e) {
            throw FileProblem.of(name, e.toString(), "a whole file", FileProblem.DAMAGED);
        }
    }

    /** Where a file's bytes are. */
    @FunctionalInterface
    private interface Source {
        /** Reads some, as {@link FileChannel#read(ByteBuffer, long)}. */
        int read(ByteBuffer into, long position) throws IOException;
    }

    /** A file that is another kind of file. */
    @FunctionalInterface
    private interface Foreign {
        Optional<IllegalArgumentException> recognised() throws IOException;
    }

    private static NamedTensors read(
            String file, long size, Source channel, Foreign foreign, Predicate<String> counters) throws IOException {
        if (size < Long.BYTES) {
            throw FileProblem.of(file, size + " bytes long", "at least " + Long.BYTES, FileProblem.DAMAGED);
        }
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, start, 0);
        long length = start.flip().getLong();
        long longest = Math.min(size - Long.BYTES, Header.LONGEST);
        if (length < 0 || length > longest) {
            // what begins rightly is one of ours, of which the end is missing
            boolean cut =
                    length > 0 && length <= Header.LONGEST && size > Long.BYTES && byteAt(channel, Long.BYTES) == '{';
            Optional<IllegalArgumentException> recognised = foreign.recognised();
            if (recognised.isPresent()) {
                throw recognised.get();
            }
            throw FileProblem.of(
                    file,
                    "header of " + Long.toUnsignedString(length) + " bytes",
                    "at most " + longest + (longest < Header.LONGEST ? ", the rest of the file" : ""),
                    cut ? FileProblem.CUT_SHORT : FileProblem.DAMAGED);
        }
        ByteBuffer text = ByteBuffer.allocate((int) length);
        readFully(channel, text, Long.BYTES);
        long payload = Long.BYTES + length;
        Header header = new HeaderReader(file, size - payload, counters).read(text.flip());
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (Header.Entry entry : header.entries()) {
            tensors.put(entry.name(), tensor(channel, payload + entry.begin(), entry));
        }
        return new NamedTensors(tensors, header.metadata());
    }

    private static byte byteAt(Source channel, long position) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        readFully(channel, one, position);
        return one.get(0);
    }

    private static Tensor tensor(Source channel, long position, Header.Entry entry) throws IOException {
        // an arena of its own, so that memory goes back when this tensor is dropped and others are kept
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), entry.type(), entry.shape());
        long from = position;
        for (ByteBuffer piece : Pieces.of(tensor.memory(), Pieces.LARGEST)) {
            readFully(channel, piece, from);
            from += piece.limit();
        }
        return tensor;
    }

    private static void requireReadable(String file, Path path) {
        String expected = "a readable safetensors file";
        if (!Files.exists(path)) {
            throw FileProblem.of(file, "no such file", expected, "check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw FileProblem.of(file, "a folder or device", expected, "check the path");
        }
        if (!Files.isReadable(path)) {
            throw FileProblem.of(file, "no permission to read", expected, "check the permissions");
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void readFully(Source channel, ByteBuffer bytes, long position) throws IOException {
        long from = position;
        while (bytes.hasRemaining()) {
            int count = channel.read(bytes, from);
            if (count < 0) {
                throw new EOFException("end of file at byte " + from);
            }
            from += count;
        }
    }
}
