package millrace.actors.node;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a node takes part in a cluster.
 *
 * @param host that others reach it at; an address of IPv6 with or without brackets
 * @param port to listen at, 0 for any free one
 * @param join nodes to join, as host:port, the first that answers; empty: it begins a cluster of its own. Where it is
 *     itself the first of them, it begins one when none of the others answers
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
        host = NodeAddress.ownHost(host);
        for (String address : join) {
            NodeAddress _ = NodeAddress.parse("join", address);
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

    /** Whether it may begin a cluster: nobody was named to join, or it is the first of those that were. */
    boolean mayFound() {
        return join.isEmpty() || join.getFirst().equals(host + ":" + port);
    }

    /** The same node, joining others. */
    public NodeSettings joining(List<String> others) {
        return new NodeSettings(host, port, others, roles, capacity);
    }

    /** A node that only asks for runs, at a free port. */
    public static NodeSettings client(String host, List<String> join) {
        return new NodeSettings(host, 0, join, Set.of(CLIENT), 1);
    }
}
