package millrace.actors.wire;

import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.actors.stage.StageProtocol.Activation;
import millrace.actors.stage.StageProtocol.ErrorDelta;
import millrace.actors.stage.StageProtocol.EvaluationActivation;
import millrace.actors.stage.StageProtocol.Packet;
import millrace.actors.stage.StageProtocol.ReplicaGradient;
import millrace.actors.stage.StageProtocol.TiedGradient;

/**
 * Whole packets of the line, {@link PacketBytes} each, with one copy of the payload a side. Between nodes packets travel
 * in pieces (millrace.actors.transport); whole ones are for {@code akka.actor.serialize-messages}, which proves in one
 * JVM that nothing is shared.
 *
 * <p><b>Who releases the tensor.</b> A packet owns one hold of its tensor, and whoever takes the packet gives the hold
 * up. For a packet that becomes bytes that is this codec: Akka drops the original then, so nobody after it could release
 * the hold, and the stage that sent it cannot know when the bytes were made. A packet is therefore serialized at most
 * once, and Akka keeps to that: every {@code tell} does it once and delivers the copy. What repeats messages must not
 * carry packets; a second serialization gives up a hold that is not there, which the pool reports. The hold is given up
 * last: a call that throws leaves the packet as it was. The tensor of a parsed packet belongs to no pool, so releasing
 * it does nothing.
 */
record PacketCodec<T extends Packet>(String manifest, Class<T> type) implements Codec<T> {
    /** A codec for each class of packets. */
    static List<Codec<?>> all() {
        return List.of(
                new PacketCodec<>("A", Activation.class),
                new PacketCodec<>("D", ErrorDelta.class),
                new PacketCodec<>("E", EvaluationActivation.class),
                new PacketCodec<>("G", TiedGradient.class),
                new PacketCodec<>("W", ReplicaGradient.class));
    }

    @Override
    public Encoded encoded(T packet) {
        return new PacketBytes(PacketHeader.of(packet), packet.tensor());
    }

    @Override
    public T read(MemorySegment bytes) throws NotSerializableException {
        Packet packet = PacketBytes.packet(bytes);
        if (!type.isInstance(packet)) {
            throw Malformed.of(
                    "manifest", manifest, "that of an " + packet.getClass().getSimpleName());
        }
        return type.cast(packet);
    }

    @Override
    public void written(T packet) {
        packet.tensor().release();
    }
}
