package millrace.actors.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/**
 * Messages without a payload of their own, which are one Protobuf message each. What a message says about itself is
 * checked by {@code fromMessage}: it throws {@link Malformed}'s exception, or any {@link IllegalArgumentException} of
 * the constructors that it calls.
 *
 * @param type class of ours
 * @param parser of the generated class
 */
record ProtoCodec<T, M extends MessageLite>(
        String manifest, Class<T> type, Parser<M> parser, Function<T, M> toMessage, FromMessage<T, M> fromMessage)
        implements Codec<T> {

    /** Checks a parsed message and makes ours of it. */
    @FunctionalInterface
    interface FromMessage<T, M> {
        T apply(M message) throws NotSerializableException;
    }

    @Override
    public Encoded encoded(T message) {
        return new Bytes(toMessage.apply(message).toByteArray());
    }

    @Override
    public T read(MemorySegment bytes) throws NotSerializableException {
        try {
            return fromMessage.apply(parser.parseFrom(bytes.toArray(ValueLayout.JAVA_BYTE)));
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw Malformed.of(type.getSimpleName(), e.toString(), "a valid message of that name");
        }
    }

    private static final class Bytes implements Encoded {
        private final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes.length;
        }

        @Override
        public void writeTo(MemorySegment target) {
            MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
        }
    }
}
