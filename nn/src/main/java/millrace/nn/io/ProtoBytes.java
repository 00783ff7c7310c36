package millrace.nn.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Protobuf message as bytes, field by field: the few kinds that TensorBoard's events and ONNX models have. Fields are to
 * be put in ascending order, and as proto3 has it those with their default are left out by whoever puts them. Tensors and
 * messages within are not copied, so they must not change until the bytes are written.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">The encoding</a>
 */
public final class ProtoBytes {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    // finished; what is still written to follows them
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long finished;

    /** A message without fields yet. */
    public ProtoBytes() {}

    /** A whole number or enumeration; negative ones take ten bytes. */
    public ProtoBytes varint(int field, long value) {
        tag(field, VARINT);
        raw(value);
        return this;
    }

    /** A field of type double. */
    public ProtoBytes fixed(int field, double value) {
        tag(field, FIXED64);
        bytes.writeBytes(little(Double.BYTES).putDouble(value).array());
        return this;
    }

    /** A field of type float. */
    public ProtoBytes fixed(int field, float value) {
        tag(field, FIXED32);
        bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
        return this;
    }

    /** A field of type string. */
    public ProtoBytes text(int field, String value) {
        return block(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A message within, as it is now. */
    public ProtoBytes message(int field, ProtoBytes value) {
        tag(field, LENGTH);
        raw(value.size());
        finish();
        value.finish();
        pieces.addAll(value.pieces);
        finished += value.finished;
        return this;
    }

    /** The bytes of a tensor, little-endian. */
    public ProtoBytes memory(int field, MemorySegment value) {
        tag(field, LENGTH);
        raw(value.byteSize());
        finish();
        pieces.addAll(Pieces.of(value, Pieces.LARGEST));
        finished += value.byteSize();
        return this;
    }

    /** Packed doubles. */
    public ProtoBytes packed(int field, List<Double> values) {
        byte[] block = new byte[values.size() * Double.BYTES];
        ByteBuffer.wrap(block)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asDoubleBuffer()
                .put(values.stream().mapToDouble(Double::doubleValue).toArray());
        return block(field, block);
    }

    private ProtoBytes block(int field, byte[] value) {
        tag(field, LENGTH);
        raw(value.length);
        bytes.writeBytes(value);
        return this;
    }

    /** Bytes of the message. */
    public long size() {
        return finished + bytes.size();
    }

    /** A copy of the message, of at most 2 GiB. */
    public byte[] bytes() {
        finish();
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(finished));
        pieces.forEach(piece -> all.put(piece.duplicate()));
        return all.array();
    }

    /**
     * Makes the message a file, whole or not at all.
     *
     * @param path in a folder that exists; an existing file is replaced
     * @throws IllegalArgumentException when the path cannot be written to
     * @throws java.io.UncheckedIOException when writing fails, as on a full disk
     */
    public void write(Path path) {
        finish();
        AtomicFile.write(path, this::writeTo);
    }

    private void writeTo(FileChannel channel) throws IOException {
        for (ByteBuffer piece : pieces) {
            ByteBuffer rest = piece.duplicate();
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }
    }

    private void finish() {
        if (bytes.size() > 0) {
            finished += bytes.size();
            pieces.add(ByteBuffer.wrap(bytes.toByteArray()));
            bytes.reset();
        }
    }

    private void tag(int field, int kind) {
        raw(((long) field << 3) | kind);
    }

    /** Seven bits a byte, the lowest first. */
    private void raw(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
