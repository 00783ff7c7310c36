package millrace.actors.wire;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.javadsl.Adapter;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All messages that may leave a node, by class and by manifest. */
final class Codecs {
    private final Map<Class<?>, Codec<?>> byType = new HashMap<>();
    private final Map<String, Codec<?>> byManifest = new TreeMap<>();

    /** @throws IllegalArgumentException when two codecs have the same manifest or class */
    Codecs(List<Codec<?>> codecs) {
        for (Codec<?> codec : codecs) {
            boolean known = byType.put(codec.type(), codec) != null;
            if (byManifest.put(codec.manifest(), codec) != null || known) {
                throw new IllegalArgumentException("codec: " + codec.manifest() + " of "
                        + codec.type().getName() + " (expected: one codec for each manifest and class)");
            }
        }
    }

    /** The table: a family of messages adds its codecs here. */
    static Codecs of(ExtendedActorSystem system) {
        List<Codec<?>> codecs = new ArrayList<>(List.of(new FromRankCodec()));
        codecs.addAll(TransportCodecs.all(system));
        codecs.addAll(ControlCodecs.all());
        Refs refs = new Refs(ActorRefResolver.get(Adapter.toTyped(system)));
        codecs.addAll(WorkerCodecs.all(refs));
        codecs.addAll(CoordinatorCodecs.all(refs));
        codecs.addAll(ClientCodecs.all());
        codecs.addAll(CopyCodecs.all(refs));
        codecs.addAll(FetchCodecs.all(refs));
        codecs.addAll(JobCodecs.all(refs));
        codecs.addAll(BookCodecs.all(refs));
        codecs.addAll(KeeperCodecs.all(refs));
        codecs.addAll(ProbeCodecs.all(refs));
        codecs.addAll(ObserveCodecs.all(refs));
        return new Codecs(codecs);
    }

    /** @throws IllegalArgumentException when there is no codec for the message's class */
    @SuppressWarnings("unchecked") // entered under its own class
    <T> Codec<T> of(T message) {
        Codec<?> codec = byType.get(message.getClass());
        if (codec == null) {
            throw new IllegalArgumentException("message: " + message.getClass().getName()
                    + " (expected: one with an entry in Codecs); add one, or bind another serializer to it");
        }
        return (Codec<T>) codec;
    }

    /** @throws NotSerializableException when there is no codec of that name */
    Codec<?> named(String manifest) throws NotSerializableException {
        Codec<?> codec = byManifest.get(manifest);
        if (codec == null) {
            throw Malformed.of("manifest", manifest, "one of " + String.join(", ", byManifest.keySet()));
        }
        return codec;
    }
}
