package millrace.actors.wire;

import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import millrace.actors.rank.Packet;
import millrace.actors.rank.actor.RankProtocol.FromRank;

/**
 * Whole messages of the line, {@link LineMessageBytes} each, with one copy of the payload a side. Between nodes they travel
 * in pieces (millrace.actors.transport); whole ones are for {@code akka.actor.serialize-messages}, which proves in one
 * JVM that nothing is shared. All kinds of packets have one name on the wire: their header tells them apart.
 *
 * <p><b>Who releases the tensor.</b> A packet owns one hold of its tensor, and whoever takes the packet gives the hold
 * up. For a packet that becomes bytes that is this codec: Akka drops the original then, so nobody after it could release
 * the hold, and the rank that sent it cannot know when the bytes were made. A packet is therefore serialized at most
 * once, and Akka keeps to that: every {@code tell} does it once and delivers the copy. What repeats messages must not
 * carry packets; a second serialization gives up a hold that is not there, which the pool reports. The hold is given up
 * last: a call that throws leaves the packet as it was. The tensor of a parsed packet belongs to no pool, so releasing
 * it does nothing.
 */
final class FromRankCodec implements Codec<FromRank> {
    @Override
    public String manifest() {
        return "P";
    }

    @Override
    public Class<FromRank> type() {
        return FromRank.class;
    }

    @Override
    public Encoded encoded(FromRank message) {
        return LineMessageBytes.of(message.message());
    }

    @Override
    public FromRank read(MemorySegment bytes) throws NotSerializableException {
        return new FromRank(LineMessageBytes.message(bytes));
    }

    @Override
    public void written(FromRank message) {
        if (message.message() instanceof Packet packet) {
            packet.tensor().release();
        }
    }
}
