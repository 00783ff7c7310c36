package millrace.actors.transport;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Extension;
import akka.actor.typed.ExtensionId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where the serializer finds the memory that a frame belongs to: the ranks of this node that receive, by run epoch. Frames
 * for anybody else get none.
 */
public final class ReceivePool implements Extension {
    private final TransportSettings settings;
    private final Map<Key, Receiver> receivers = new HashMap<>();
    private final Map<Long, TensorMemory> memories = new HashMap<>();

    private record Key(long runEpoch, int rank) {}

    private static final class Id extends ExtensionId<ReceivePool> {
        private static final Id INSTANCE = new Id();

        @Override
        public ReceivePool createExtension(ActorSystem<?> system) {
            return new ReceivePool(TransportSettings.of(system.settings().config()));
        }
    }

    ReceivePool(TransportSettings settings) {
        this.settings = settings;
    }

    public static ReceivePool get(ActorSystem<?> system) {
        return Id.INSTANCE.apply(system);
    }

    /** @throws IllegalStateException when the rank receives already in that run epoch */
    synchronized Receiver open(long runEpoch, int rank) {
        Key key = new Key(runEpoch, rank);
        if (receivers.containsKey(key)) {
            throw new IllegalStateException("inlet: a second one of rank " + rank + " in run epoch " + runEpoch
                    + " (expected: one a rank); stop the first before");
        }
        TensorMemory memory = memories.computeIfAbsent(runEpoch, _ -> new TensorMemory());
        Receiver receiver = new Receiver(memory, settings, () -> closed(key));
        receivers.put(key, receiver);
        return receiver;
    }

    /** Who receives for the rank, if it receives in that run epoch. */
    public synchronized Optional<Receiver> find(long runEpoch, int rank) {
        return Optional.ofNullable(receivers.get(new Key(runEpoch, rank)));
    }

    private synchronized void closed(Key key) {
        receivers.remove(key);
        if (receivers.keySet().stream().noneMatch(k -> k.runEpoch() == key.runEpoch())) {
            memories.remove(key.runEpoch());
        }
    }

    /** Tensors received that somebody holds, in the run epochs that are open. */
    public synchronized int inUse() {
        return memories.values().stream().mapToInt(TensorMemory::inUse).sum();
    }

    /** Bytes of the memory for tensors received, in the run epochs that are open. */
    public synchronized long bytes() {
        return memories.values().stream().mapToLong(TensorMemory::bytes).sum();
    }
}
