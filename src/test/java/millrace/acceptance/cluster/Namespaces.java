package millrace.acceptance.cluster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Machines as far as the network goes: network namespaces, each with one interface, and a bridge between them in one
 * more. Links can be cut and slowed down. Needs Linux, the rights of root and the program ip; tests are skipped
 * elsewhere, with the reason.
 */
final class Namespaces implements AutoCloseable {
    private final String name = "mr" + ProcessHandle.current().pid() % 100_000;
    private final int count;

    private Namespaces(int count) {
        this.count = count;
    }

    static Namespaces start(int count) {
        Namespaces spaces = new Namespaces(count);
        Ran first = ran(List.of("ip", "netns", "add", spaces.hub()));
        assumeTrue(first.status() == 0, "no network namespaces here: " + first.said());
        try {
            spaces.in(spaces.hub(), "ip", "link", "add", "bridge", "type", "bridge");
            spaces.in(spaces.hub(), "ip", "link", "set", "bridge", "up");
            for (int i = 0; i < count; i++) {
                spaces.connect(i);
            }
            return spaces;
        } catch (IllegalStateException e) {
            spaces.close();
            throw e;
        }
    }

    private void connect(int i) {
        run("ip", "netns", "add", space(i));
        in(hub(), "ip", "link", "add", "port" + i, "type", "veth", "peer", "name", "eth0", "netns", space(i));
        in(hub(), "ip", "link", "set", "port" + i, "master", "bridge", "up");
        in(space(i), "ip", "addr", "add", address(i) + "/24", "dev", "eth0");
        in(space(i), "ip", "link", "set", "eth0", "up");
        in(space(i), "ip", "link", "set", "lo", "up");
    }

    private String hub() {
        return name + "hub";
    }

    private String space(int i) {
        return name + "n" + i;
    }

    /** The address of a machine on the network between them. */
    String address(int i) {
        return "10.77.0." + (i + 1);
    }

    /** What starts a command on a machine; nobody else is on its network. */
    List<String> on(int i) {
        return List.of("ip", "netns", "exec", space(i), "env", "MILLRACE_TRUSTED_NETWORK=true");
    }

    /** Pulls a machine's cable. */
    void cut(int i) {
        in(hub(), "ip", "link", "set", "port" + i, "down");
    }

    /** Plugs it in again. */
    void heal(int i) {
        in(hub(), "ip", "link", "set", "port" + i, "up");
    }

    /** Limits what a machine sends, as in 100mbit. */
    void limit(int i, String rate) {
        in(
                space(i), "tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "64kbit",
                "latency", "200ms");
    }

    /** As fast as it can again. */
    void unlimit(int i) {
        in(space(i), "tc", "qdisc", "del", "dev", "eth0", "root");
    }

    private void in(String space, String... command) {
        run(Stream.concat(Stream.of("ip", "netns", "exec", space), Stream.of(command))
                .toArray(String[]::new));
    }

    private static void run(String... command) {
        Ran ran = ran(List.of(command));
        if (ran.status() != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": " + ran.said());
        }
    }

    private record Ran(int status, String said) {}

    private static Ran ran(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean ended = process.waitFor(10, TimeUnit.SECONDS);
            return new Ran(ended ? process.exitValue() : -1, said.strip());
        } catch (IOException e) {
            return new Ran(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ran(-1, "interrupted");
        }
    }

    @Override
    public void close() {
        List<String> spaces = new ArrayList<>(List.of(hub()));
        for (int i = 0; i < count; i++) {
            spaces.add(space(i));
        }
        spaces.forEach(space -> ran(List.of("ip", "netns", "del", space)));
    }
}
