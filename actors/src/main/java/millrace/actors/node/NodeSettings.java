package millrace.actors.node;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a node takes part in a cluster.
 *
 * @param host that others reach it at
 * @param port to listen at, 0 for any free one
 * @param join nodes to join, as host:port, the first that answers; empty: it begins a cluster of its own
 * @param roles what it does: trainer, worker, client
 * @param capacity how many ranks it can well work on at a time: cores
 */
public record NodeSettings(String host, int port, List<String> join, Set<String> roles, int capacity) {
    /** Role of nodes on which the trainer may run. */
    public static final String TRAINER = "trainer";
    /** Role of nodes that host ranks. */
    public static final String WORKER = "worker";
    /** Role of nodes that only ask for runs. */
    public static final String CLIENT = "client";
    /**
     * Role that every member has which is not a client: only those count when it is decided who goes on after some have
     * fallen silent.
     */
    static final String VOTER = "voter";

    public NodeSettings {
        join = List.copyOf(join);
        roles = Set.copyOf(roles);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535, 0 for any free one)");
        }
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: 1 or more ranks)");
        }
        for (String role : roles) {
            if (!Set.of(TRAINER, WORKER, CLIENT).contains(role)) {
                throw new IllegalArgumentException("role: " + role + " (expected: trainer or worker)");
            }
        }
        for (String address : join) {
            if (!address.matches("[^:\\s]+:\\d{1,5}")) {
                throw new IllegalArgumentException(
                        "join: " + address + " (expected: host:port, as in 127.0.0.1:25520)");
            }
        }
    }

    /** All roles as the cluster is told them. */
    Set<String> memberRoles() {
        Set<String> all = new TreeSet<>(roles);
        if (!roles.contains(CLIENT)) {
            all.add(VOTER);
        }
        return all;
    }

    /** A node that only asks for runs, at a free port. */
    public static NodeSettings client(String host, List<String> join) {
        return new NodeSettings(host, 0, join, Set.of(CLIENT), 1);
    }
}
