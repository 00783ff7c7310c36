package millrace.app.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.node.Knock;
import millrace.actors.node.Knock.Answer;
import millrace.actors.node.Knock.Stranger;
import millrace.actors.node.NodeAddress;

/** Addresses of nodes that somebody wants to join: what is there, and what is wrong where it is no node. */
final class Seeds {
    private Seeds() {}

    /** Reads addresses. */
    static List<NodeAddress> parse(String what, List<String> addresses) {
        return addresses.stream().map(text -> NodeAddress.parse(what, text)).toList();
    }

    /**
     * Refuses to wait for what is not there.
     *
     * @param what the addresses are called
     */
    static void requireOneOpen(String what, List<String> addresses) {
        Map<NodeAddress, Answer> answers = Knock.all(parse(what, addresses));
        if (!answers.isEmpty() && !answers.containsValue(Answer.OPEN)) {
            throw new IllegalArgumentException(what + ": " + described(answers)
                    + " (expected: a node of a cluster); start one with millrace node, or name another");
        }
    }

    /**
     * Refuses a node that others cannot answer: it calls itself by a name that only its own machine knows, and they are on
     * others.
     */
    static void requireReachable(String host, List<String> addresses) {
        List<NodeAddress> others = parse("join", addresses);
        if (!others.isEmpty() && isLoopback(host) && others.stream().allMatch(Seeds::isElsewhere)) {
            throw new IllegalArgumentException("host: " + host + " (expected: the name or address that "
                    + String.join(", ", addresses) + " reaches this machine at); set it with --host");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean isElsewhere(NodeAddress address) {
        try {
            InetAddress found = InetAddress.getByName(address.host());
            return !found.isLoopbackAddress() && NetworkInterface.getByInetAddress(found) == null;
        } catch (IOException e) {
            return false;
        }
    }

    /** What came of asking. */
    static String described(Map<NodeAddress, Answer> answers) {
        List<String> all = new ArrayList<>();
        answers.forEach((address, answer) -> all.add(address + ": " + answer.words()));
        return String.join(", ", all);
    }

    /**
     * The complaint, if whatever listens at these addresses is no node, at any of them.
     *
     * @param tls whether nodes speak TLS
     */
    static Optional<IllegalArgumentException> strangers(String what, List<String> addresses, boolean tls) {
        List<String> found = new ArrayList<>();
        for (NodeAddress address : parse(what, addresses)) {
            Optional<Stranger> stranger = Knock.stranger(address).filter(kind -> !tls || kind != Stranger.TLS);
            if (stranger.isEmpty()) {
                return Optional.empty();
            }
            found.add(address + " " + stranger.get().words());
        }
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(new IllegalArgumentException(what + ": " + String.join(", ", found)
                        + " (expected: a node of a cluster, by the same transport as this one's); check host, port and"
                        + " deployment file (MILLRACE_CONF)"));
    }
}
