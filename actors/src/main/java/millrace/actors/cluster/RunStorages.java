package millrace.actors.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import millrace.actors.keeper.Keepers;
import millrace.actors.keeper.Right;

/** A node's way to the checkpoints of runs: those in folders that all nodes see, and those that nodes keep between them. */
public final class RunStorages {
    private final Optional<Keepers> keepers;
    private final String address;
    private final Map<String, Right> rights = new ConcurrentHashMap<>();

    private RunStorages(Optional<Keepers> keepers, String address) {
        this.keepers = keepers;
        this.address = address;
    }

    /**
     * Of a node that keeps something of runs.
     *
     * @param address of the node, for people
     */
    public static RunStorages of(Keepers keepers, String address) {
        return new RunStorages(Optional.of(keepers), address);
    }

    /** Of a node that knows shared folders only. */
    public static RunStorages shared(String address) {
        return new RunStorages(Optional.empty(), address);
    }

    /** @throws IllegalArgumentException when the run is not in a shared folder, and this node knows no others */
    RunStorage of(RunOrder order) {
        if (order.isShared()) {
            return new SharedStorage(order, address);
        }
        return keepers.map(here -> new KeptStorage(order, here, rights))
                .orElseThrow(() -> new IllegalArgumentException("run " + order.id()
                        + ": its nodes share no folder (expected: checkpoint.shared = yes on node " + address + ")"));
    }
}
