package millrace.actors.wire;

import akka.actor.ExtendedActorSystem;
import akka.serialization.ByteBufferSerializer;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;

/**
 * All of Millrace's messages as bytes and back, straight into and out of the buffers that Akka hands over; what the bytes
 * are is said by the {@link Codec} of each message's class.
 */
public final class WireSerializer extends SerializerWithStringManifest implements ByteBufferSerializer {
    /** Part of the wire contract: never given to another serializer. */
    private static final int IDENTIFIER = 1001;

    private final Codecs codecs;

    /** Called by Akka. */
    public WireSerializer(ExtendedActorSystem system) {
        this(Codecs.of(system));
    }

    WireSerializer(Codecs codecs) {
        this.codecs = codecs;
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    /** @throws IllegalArgumentException when there is no codec for the message */
    @Override
    public String manifest(Object message) {
        return codecs.of(message).manifest();
    }

    /** @throws IllegalArgumentException when there is no codec for the message, or it is longer than an array can be */
    @Override
    public byte[] toBinary(Object message) {
        Codec<Object> codec = codecs.of(message);
        Encoded encoded = codec.encoded(message);
        if (encoded.bytes() > Integer.MAX_VALUE - Long.BYTES) {
            throw new IllegalArgumentException(message.getClass().getSimpleName() + ": " + encoded.bytes()
                    + " bytes (expected: at most 2 GiB); use smaller micro-batches");
        }
        byte[] bytes = new byte[(int) encoded.bytes()];
        encoded.writeTo(MemorySegment.ofArray(bytes));
        codec.written(message);
        return bytes;
    }

    /**
     * @throws BufferOverflowException when the message is longer than what remains of the buffer, which is then as it
     *     was; Artery reports it as an oversized message
     * @throws IllegalArgumentException when there is no codec for the message
     */
    @Override
    public void toBinary(Object message, ByteBuffer buffer) {
        Codec<Object> codec = codecs.of(message);
        Encoded encoded = codec.encoded(message);
        if (encoded.bytes() > buffer.remaining()) {
            throw new BufferOverflowException();
        }
        encoded.writeTo(MemorySegment.ofBuffer(buffer));
        buffer.position(buffer.position() + (int) encoded.bytes());
        codec.written(message);
    }

    /** @throws NotSerializableException on an unknown manifest and on malformed bytes, whatever is wrong with them */
    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        return codecs.named(manifest).read(MemorySegment.ofArray(bytes));
    }

    /**
     * Takes all that remains of the buffer.
     *
     * @throws NotSerializableException on an unknown manifest and on malformed bytes, whatever is wrong with them
     */
    @Override
    public Object fromBinary(ByteBuffer buffer, String manifest) throws NotSerializableException {
        Object message = codecs.named(manifest).read(MemorySegment.ofBuffer(buffer));
        buffer.position(buffer.limit());
        return message;
    }
}
