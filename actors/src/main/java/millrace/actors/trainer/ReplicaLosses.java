package millrace.actors.trainer;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import millrace.nn.stage.LossSum;

/** The loss of a batch from what each replica of the line has had of it, added up first replica to last. */
final class ReplicaLosses {
    private final int replicas;
    private final Map<Long, TreeMap<Integer, LossSum>> underWay = new HashMap<>();

    ReplicaLosses(int replicas) {
        this.replicas = replicas;
    }

    /** A replica's part of a batch; that of the whole batch once all parts are here. */
    Optional<LossSum> add(long step, int replica, LossSum part) {
        TreeMap<Integer, LossSum> parts = underWay.computeIfAbsent(step, _ -> new TreeMap<>());
        parts.put(replica, part);
        if (parts.size() < replicas) {
            return Optional.empty();
        }
        underWay.remove(step);
        return Optional.of(parts.values().stream().reduce(LossSum.NONE, LossSum::plus));
    }
}
