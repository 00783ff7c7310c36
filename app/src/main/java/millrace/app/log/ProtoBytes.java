package millrace.app.log;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A Protobuf message as bytes, field by field: the few kinds that TensorBoard's events have. Fields are to be put in
 * ascending order, and as proto3 has it those with their default are left out by whoever puts them.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">The encoding</a>
 */
final class ProtoBytes {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    ProtoBytes varint(int field, long value) {
        tag(field, VARINT);
        raw(value);
        return this;
    }

    ProtoBytes fixed(int field, double value) {
        tag(field, FIXED64);
        bytes.writeBytes(little(Double.BYTES).putDouble(value).array());
        return this;
    }

    ProtoBytes fixed(int field, float value) {
        tag(field, FIXED32);
        bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
        return this;
    }

    ProtoBytes text(int field, String value) {
        return block(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtoBytes message(int field, ProtoBytes value) {
        return block(field, value.bytes());
    }

    /** Packed doubles. */
    ProtoBytes packed(int field, List<Double> values) {
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

    byte[] bytes() {
        return bytes.toByteArray();
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
