package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.app.cluster.ClusterTraining;
import millrace.app.cluster.CompilerDirectives;
import millrace.app.cluster.Plans;
import millrace.app.output.json.JsonLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code node}: a member of a cluster, until it is told to go. */
@Command(
        name = "node",
        description = "Joins a cluster as a node that hosts ranks of runs, and may become their trainer.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace node                                   begins a cluster on 127.0.0.1:25520",
            "  millrace node --port 25521 --join 127.0.0.1:25520",
            "  millrace train mlp-deep --cluster 127.0.0.1:25520   (in a third terminal)",
            "",
            "SIGTERM or Ctrl-C: the node's ranks drain, with a checkpoint, and go on elsewhere."
        })
public final class NodeCommand implements Callable<Integer> {
    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description = "that other nodes reach this one at (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "25520",
            description = "to listen at, 0 for any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "nodes of the cluster to join; without it this node begins one")
    private List<String> join = new ArrayList<>();

    @Option(
            names = "--bootstrap",
            description =
                    "find other nodes by discovery and begin a cluster with them, as in cluster-conf/kubernetes.conf")
    private boolean bootstrap;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            split = ",",
            defaultValue = "trainer,worker",
            description = "worker: hosts ranks; trainer: may be where the trainer runs (default: both)")
    private Set<String> roles = new TreeSet<>();

    @Option(
            names = "--capacity",
            paramLabel = "RANKS",
            defaultValue = "0",
            description = "ranks that it can well work on at a time (default: cores)")
    private int capacity;

    @Option(
            names = "--until-run-ends",
            hidden = true,
            description = "leaves after its first run, or when whoever started it is gone and there is no run")
    private boolean untilRunEnds;

    @Mixin
    private OutputOptions output = new OutputOptions();

    private final AtomicBoolean leaving = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    @Override
    public Integer call() throws InterruptedException {
        if (bootstrap && !join.isEmpty()) {
            throw new IllegalArgumentException("--bootstrap with --join " + String.join(",", join)
                    + " (expected: one of them, bootstrap finds the nodes itself)");
        }
        // the process is the node: after an error of the JVM it ends, so that whoever watches it starts it again
        Config own = ConfigFactory.parseMap(
                bootstrap
                        ? Map.of("akka.jvm-exit-on-fatal-error", true, "millrace.node.join", "bootstrap")
                        : Map.of("akka.jvm-exit-on-fatal-error", true));
        Config deployment = own.withFallback(ClusterTraining.deployment());
        CompilerDirectives.give();
        int ranks = capacity == 0 ? Runtime.getRuntime().availableProcessors() : capacity;
        List<String> seeds = join;
        while (true) {
            ClusterNode node = ClusterNode.start(
                    new NodeSettings(host, port, seeds, roles, ranks), new Plans(), deployment, this::runOver);
            ClusterNode started = node;
            Thread hook = new Thread(() -> leave(started));
            Runtime.getRuntime().addShutdownHook(hook);
            boolean joined = ClusterTraining.awaitUp(node);
            if (joined) {
                announce(node, ranks);
            }
            List<String> others = List.of();
            if (untilRunEnds && joined) {
                watchStarter(node);
            }
            while (!node.ended().toCompletableFuture().isDone()) {
                others = othersOf(node, others);
                leaveAfterRun(node);
                sleep(500);
            }
            forget(hook);
            if (leaving.get()) {
                return 0;
            }
            if (!joined) {
                throw ClusterTraining.notJoined(node, "join", String.join(", ", seeds));
            }
            // cut off, and taken for dead by the others: what it has is outdated
            output.err().println("millrace: cut off from the cluster; joining again");
            output.err().flush();
            seeds = others.isEmpty() ? join : others;
        }
    }

    private void runOver() {
        over.countDown();
    }

    /** A client that has not heard of the end can still ask for it a while. */
    private void leaveAfterRun(ClusterNode node) throws InterruptedException {
        if (untilRunEnds && over.getCount() == 0 && !leaving.get()) {
            TimeUnit.SECONDS.sleep(3);
            leave(node);
        }
    }

    private void leave(ClusterNode node) {
        leaving.set(true);
        node.leave();
        node.ended()
                .toCompletableFuture()
                .orTimeout(40, TimeUnit.SECONDS)
                .exceptionally(late -> null)
                .join();
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // the JVM is on its way out already
        }
    }

    private static List<String> othersOf(ClusterNode node, List<String> before) {
        List<String> members = node.members().stream()
                .map(ClusterNode.MemberLine::address)
                .filter(address -> !address.equals(node.address()))
                .toList();
        return members.isEmpty() ? before : members;
    }

    /** The end of standard input says that whoever started this node is gone: then it stays for its run only. */
    private void watchStarter(ClusterNode node) {
        Thread.ofPlatform().daemon().name("starter").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    // nobody writes
                }
            } catch (IOException _) {
                // as good as its end
            }
            while (!leaving.get() && over.getCount() > 0) {
                sleep(5000);
                try {
                    if (node.status().runId().isEmpty()) {
                        over.countDown();
                    }
                } catch (IllegalStateException _) {
                    // the trainer is just being moved
                }
            }
        });
    }

    private void announce(ClusterNode node, int ranks) {
        if (output.json()) {
            output.out()
                    .println(JsonLine.event("node")
                            .put("address", node.address())
                            .put("pid", ProcessHandle.current().pid())
                            .put("roles", List.copyOf(roles))
                            .put("capacity", ranks));
        } else {
            output.out()
                    .println("node " + node.address() + ": " + String.join(", ", roles) + ", capacity " + ranks
                            + " ranks, " + node.members().size() + " members");
        }
        output.out().flush();
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
