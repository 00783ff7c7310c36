package millrace.bench;

import akka.actor.ActorRef;
import akka.remote.artery.RemoteInstrument;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Counts what the actor systems of this process send to others; Akka makes one for each connection. */
public final class CountingInstrument extends RemoteInstrument {
    private static final Map<String, Sum> SUMS = new ConcurrentHashMap<>();

    /**
     * @param messages number of them
     * @param bytes of all of them, as they go over the wire
     */
    public record Sum(long messages, long bytes) {
        /** Nothing. */
        public static final Sum NONE = new Sum(0, 0);

        private Sum plus(Sum other) {
            return new Sum(messages + other.messages, bytes + other.bytes);
        }
    }

    static void reset() {
        SUMS.clear();
    }

    /** What was sent since the last reset, by kind, sorted: Millrace's messages by their class, Akka's own together. */
    static Map<String, Sum> sums() {
        return new TreeMap<>(SUMS);
    }

    @Override
    public byte identifier() {
        return 30;
    }

    @Override
    public void remoteMessageSent(
            ActorRef recipient, Object message, @Nullable ActorRef sender, int size, long nanoseconds) {
        String name = message.getClass().getName();
        String kind = name.startsWith("millrace.") ? name.substring(name.lastIndexOf('.') + 1) : "Akka's own";
        SUMS.merge(kind, new Sum(1, size), Sum::plus);
    }

    @Override
    public void remoteWriteMetadata(ActorRef recipient, Object message, @Nullable ActorRef sender, ByteBuffer buffer) {}

    @Override
    public void remoteReadMetadata(ActorRef recipient, Object message, @Nullable ActorRef sender, ByteBuffer buffer) {}

    @Override
    public void remoteMessageReceived(
            ActorRef recipient, Object message, @Nullable ActorRef sender, int size, long nanoseconds) {}
}
