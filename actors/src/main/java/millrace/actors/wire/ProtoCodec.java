package millrace.actors.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
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
        return new Message(toMessage.apply(message));
    }

    @Override
    public T read(MemorySegment bytes) throws NotSerializableException {
        // the array is the message's alone, so that a long field can be a part of it
        CodedInputStream input = UnsafeByteOperations.unsafeWrap(bytes.toArray(ValueLayout.JAVA_BYTE))
                .newCodedInput();
        input.enableAliasing(true);
        try {
            M message = parser.parseFrom(input);
            input.checkLastTagWas(0);
            return fromMessage.apply(message);
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw Malformed.of(type.getSimpleName(), e.toString(), "a valid message of that name");
        }
    }

    /** Written straight to where it goes. */
    private record Message(MessageLite message) implements Encoded {
        @Override
        public long bytes() {
            return message.getSerializedSize();
        }

        @Override
        public void writeTo(MemorySegment target) {
            CodedOutputStream output = CodedOutputStream.newInstance(target.asByteBuffer());
            try {
                message.writeTo(output);
                output.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
