package millrace.actors.node;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a node is reached.
 *
 * @param host a name or an address; one of IPv6 in brackets
 * @param port 1 to 65535
 */
public record NodeAddress(String host, int port) {
    private static final Pattern TEXT = Pattern.compile("(\\[[0-9A-Fa-f:.]+(?:%[\\w.]+)?]|[^:\\s\\[\\]]+):(\\d{1,5})");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\\w.]+)?");
    private static final Set<String> ALL_INTERFACES = Set.of("0.0.0.0", "[::]", "[0:0:0:0:0:0:0:0]", "*");

    /**
     * Reads {@code host:port}.
     *
     * @param what is read, for the complaint
     * @throws IllegalArgumentException when it is something else
     */
    public static NodeAddress parse(String what, String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches() || !isPort(Integer.parseInt(matcher.group(2)))) {
            throw new IllegalArgumentException(
                    what + ": " + text
                            + " (expected: host:port, as in 127.0.0.1:25520; an address of IPv6 in brackets, as in [::1]:25520)");
        }
        return new NodeAddress(matcher.group(1), Integer.parseInt(matcher.group(2)));
    }

    private static boolean isPort(int port) {
        return port >= 1 && port <= 65_535;
    }

    /**
     * The name that a node is given, as it stands in addresses: an address of IPv6 gets its brackets.
     *
     * @throws IllegalArgumentException when nobody could reach a node of that name
     */
    static String ownHost(String given) {
        String host = IPV6.matcher(given).matches() ? "[" + given + "]" : given;
        if (ALL_INTERFACES.contains(host)) {
            throw new IllegalArgumentException("host: " + given
                    + " (expected: the name or address that other nodes reach this one at; nobody reaches one of that"
                    + " name); to listen at all interfaces use --bind " + given + " --host NAME");
        }
        if (!TEXT.matcher(host + ":1").matches()) {
            throw new IllegalArgumentException("host: " + given + " (expected: a name or an address, without a port)");
        }
        return host;
    }

    /**
     * Tries whether this machine can listen somewhere. Akka would tell of a failure by many lines.
     *
     * @param option that said where: host, or bind
     * @param port 0 for any free one
     * @throws IllegalArgumentException when it cannot, with the reason
     */
    static void requireFree(String option, String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    option + ": " + host
                            + " (expected: a name that this machine can resolve, or an address of its own);"
                            + " choose another with --" + option,
                    e);
        } catch (BindException e) {
            throw notFree(option, host, port, e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "node " + host + ":" + port + ": " + e.getMessage() + " (expected: an address to listen at)", e);
        }
    }

    /**
     * Plain tcp asks nobody who he is: whoever can connect to a node may join the cluster, and train.
     *
     * @param option that said where to listen: host, or bind
     * @throws IllegalArgumentException when other machines could connect there
     */
    static void requireLoopback(String option, String host) {
        try {
            if (!InetAddress.getByName(host).isLoopbackAddress()) {
                throw new IllegalArgumentException(option + ": " + host
                        + " without TLS (expected: an address of this machine alone, such as 127.0.0.1: by plain tcp"
                        + " whoever reaches the port may join and train); use cluster-conf/tls.conf, or say that you trust"
                        + " the network: MILLRACE_TRUSTED_NETWORK=true, or millrace.node.trusted-network = true in the"
                        + " deployment file");
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    option + ": " + host + " (expected: a name that this machine can resolve)", e);
        }
    }

    private static IllegalArgumentException notFree(String option, String host, int port, BindException e) {
        String reason = String.valueOf(e.getMessage());
        if (reason.contains("in use")) {
            return new IllegalArgumentException(
                    "port: " + port + " of " + host + " is in use (expected: a free one); is a node running there"
                            + " already? choose another with --port, or 0 for any",
                    e);
        }
        if (reason.contains("ermission")) {
            return new IllegalArgumentException(
                    "port: " + port + " is not for this user (expected: 1024 or more); choose another with --port", e);
        }
        String remedy = option.equals("bind")
                ? "choose another with --bind, 0.0.0.0 for all that it has"
                : "where others reach it by an address that it does not have itself (containers, address translation),"
                        + " say where to listen: --bind 0.0.0.0";
        return new IllegalArgumentException(
                option + ": " + host + " is no address of this machine (expected: one that it has); " + remedy, e);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
