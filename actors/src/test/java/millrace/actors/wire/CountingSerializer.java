package millrace.actors.wire;

import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.util.concurrent.atomic.AtomicLong;

/** A {@link WireSerializer} that counts; Akka makes it by its name, hence the static counters. */
public final class CountingSerializer extends SerializerWithStringManifest {
    static final AtomicLong SERIALIZED = new AtomicLong();
    static final AtomicLong PARSED = new AtomicLong();

    private final WireSerializer serializer = new WireSerializer(new Codecs(PacketCodec.all()));

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
        SERIALIZED.incrementAndGet();
        return serializer.toBinary(message);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        PARSED.incrementAndGet();
        return serializer.fromBinary(bytes, manifest);
    }
}
