package millrace.actors.wire;

import akka.actor.ExtendedActorSystem;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.util.concurrent.atomic.AtomicLong;
import millrace.actors.rank.Packet;
import millrace.actors.rank.actor.RankProtocol.FromRank;

/** A {@link WireSerializer} that counts packets; Akka makes it by its name, hence the static counters. */
public final class CountingSerializer extends SerializerWithStringManifest {
    static final AtomicLong SERIALIZED = new AtomicLong();
    static final AtomicLong PARSED = new AtomicLong();

    private final WireSerializer serializer;

    /** Called by Akka. */
    public CountingSerializer(ExtendedActorSystem system) {
        serializer = new WireSerializer(system);
    }

    @Override
    public int identifier() {
        return serializer.identifier();
    }

    @Override
    public String manifest(Object message) {
        return serializer.manifest(message);
    }

    @Override
    public byte[] toBinary(Object message) {
        SERIALIZED.addAndGet(message instanceof FromRank(Packet _) ? 1 : 0);
        return serializer.toBinary(message);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        Object message = serializer.fromBinary(bytes, manifest);
        PARSED.addAndGet(message instanceof FromRank(Packet _) ? 1 : 0);
        return message;
    }
}
