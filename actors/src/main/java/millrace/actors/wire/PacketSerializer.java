package millrace.actors.wire;

import akka.serialization.ByteBufferSerializer;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.List;
import millrace.actors.stage.StageProtocol.Activation;
import millrace.actors.stage.StageProtocol.ErrorDelta;
import millrace.actors.stage.StageProtocol.EvaluationActivation;
import millrace.actors.stage.StageProtocol.Packet;

/**
 * Packets of the line as bytes and back, one {@link Frame} each, with one copy of the payload a side.
 *
 * <p><b>Who releases the tensor.</b> A packet owns one hold of its tensor, and whoever takes the packet gives the hold
 * up. For a packet that leaves the JVM that is this serializer: Akka drops the original once it is bytes, so nobody
 * after it could release the hold, and the stage that sent it cannot know when the bytes were made. A packet is
 * therefore serialized at most once. Akka keeps to that in both places where it serializes: Artery's encoder does it
 * once for each message it takes from the association's queue and never sends an ordinary message again, and with
 * {@code akka.actor.serialize-messages} every {@code tell} does it once and delivers the copy. What repeats messages
 * or copies them to many (reliable delivery, publish-subscribe) must not carry packets; a second serialization gives
 * up a hold that is not there, which the pool reports. The hold is given up last: a call that throws leaves the packet
 * as it was. The tensor of a parsed packet belongs to no pool, so releasing it does nothing.
 */
public final class PacketSerializer extends SerializerWithStringManifest implements ByteBufferSerializer {
    /** Part of the wire contract: never given to another serializer. */
    private static final int IDENTIFIER = 1001;

    private static final String ACTIVATION = "A";
    private static final String ERROR_DELTA = "D";
    private static final String EVALUATION_ACTIVATION = "E";
    private static final List<String> MANIFESTS = List.of(ACTIVATION, ERROR_DELTA, EVALUATION_ACTIVATION);

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    /** @throws IllegalArgumentException when the message is no packet */
    @Override
    public String manifest(Object message) {
        return switch (packet(message)) {
            case Activation _ -> ACTIVATION;
            case ErrorDelta _ -> ERROR_DELTA;
            case EvaluationActivation _ -> EVALUATION_ACTIVATION;
        };
    }

    /** @throws IllegalArgumentException when the message is no packet, or longer than an array can be */
    @Override
    public byte[] toBinary(Object message) {
        Packet packet = packet(message);
        Frame frame = new Frame(PacketHeader.of(packet), packet.tensor());
        if (frame.bytes() > Integer.MAX_VALUE - Long.BYTES) {
            throw new IllegalArgumentException(packet.tensor() + ": frame of " + frame.bytes()
                    + " bytes (expected: at most 2 GiB); use smaller micro-batches");
        }
        byte[] bytes = new byte[(int) frame.bytes()];
        frame.writeTo(MemorySegment.ofArray(bytes));
        packet.tensor().release();
        return bytes;
    }

    /**
     * @throws BufferOverflowException when the frame is longer than what remains of the buffer, which is then as it was;
     *     Artery reports it as an oversized message
     * @throws IllegalArgumentException when the message is no packet
     */
    @Override
    public void toBinary(Object message, ByteBuffer buffer) {
        Packet packet = packet(message);
        Frame frame = new Frame(PacketHeader.of(packet), packet.tensor());
        if (frame.bytes() > buffer.remaining()) {
            throw new BufferOverflowException();
        }
        frame.writeTo(MemorySegment.ofBuffer(buffer));
        buffer.position(buffer.position() + (int) frame.bytes());
        packet.tensor().release();
    }

    /** @throws NotSerializableException on an unknown manifest and on malformed bytes, whatever is wrong with them */
    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        return parsed(MemorySegment.ofArray(bytes), manifest);
    }

    /**
     * Takes all that remains of the buffer.
     *
     * @throws NotSerializableException on an unknown manifest and on malformed bytes, whatever is wrong with them
     */
    @Override
    public Object fromBinary(ByteBuffer buffer, String manifest) throws NotSerializableException {
        Packet packet = parsed(MemorySegment.ofBuffer(buffer), manifest);
        buffer.position(buffer.limit());
        return packet;
    }

    private Packet parsed(MemorySegment bytes, String manifest) throws NotSerializableException {
        if (!MANIFESTS.contains(manifest)) {
            throw Malformed.of("manifest", manifest, "one of " + String.join(", ", MANIFESTS));
        }
        Packet packet = Frame.packet(bytes);
        if (!manifest(packet).equals(manifest)) {
            throw Malformed.of("manifest", manifest, manifest(packet) + ", as the header says");
        }
        return packet;
    }

    private static Packet packet(Object message) {
        if (message instanceof Packet packet) {
            return packet;
        }
        throw new IllegalArgumentException("message: " + message.getClass().getName()
                + " (expected: a packet of the line); bind another serializer to it");
    }
}
