package millrace.app.command;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.Knock;
import millrace.actors.node.NodeAddress;
import millrace.actors.node.NodeSettings;
import millrace.actors.trace.FlightRecorders;
import millrace.app.cluster.ClusterTraining;
import millrace.app.cluster.CompilerDirectives;
import millrace.app.cluster.Entry;
import millrace.app.cluster.FormerMembers;
import millrace.app.cluster.NodeProcesses;
import millrace.app.cluster.Plans;
import millrace.app.cluster.StateFolder;
import millrace.app.metrics.Metrics.OfRun;
import millrace.app.output.json.JsonLine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code node}: a member of a cluster, until it is told to go. */
@Command(
        name = "node",
        description =
                "Makes this process a node of a cluster, or begins one: a node trains parts of runs, and one of the nodes leads them.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  millrace node                                   begins a cluster on 127.0.0.1:25520",
            "  millrace node --port 25521 --join 127.0.0.1:25520",
            "  millrace node --host one --join one:25520,two:25520,three:25520   (on three machines, each with its name)",
            "  millrace train mlp-deep --cluster 127.0.0.1:25520   (in a third terminal)",
            "",
            "Ctrl-C or SIGTERM: the node's ranks finish what they have begun, save it, and the run goes on on other nodes.",
            "Akka's log is in ~/.millrace/millrace.log; MILLRACE_LOG=DEBUG, =FILE, =- (standard error) or =json changes that."
        })
public final class NodeCommand implements Callable<Integer> {
    @Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description = "name or address by which other nodes reach this one (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "25520",
            description = "port to listen on, 0 for any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "nodes of the cluster to join; the first that answers is asked. If none answers and this node is itself"
                            + " the first of the list, it begins a cluster. Without --join a node goes back to the cluster that"
                            + " it was in last, or begins one")
    private List<String> join = new ArrayList<>();

    @Option(names = "--found", description = "begin a new cluster, even if this node was a member of another")
    private boolean found;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "address to listen on where it is not --host; 0.0.0.0 for all interfaces (default: --host)")
    private @Nullable String bind;

    @Option(
            names = "--bootstrap",
            description =
                    "find the other nodes by Akka's discovery and begin a cluster together, as in cluster-conf/kubernetes.conf")
    private boolean bootstrap;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            split = ",",
            defaultValue = "trainer,worker",
            description = "worker: has ranks, which train; trainer: may have the actor that leads runs (default: both)")
    private Set<String> roles = new TreeSet<>();

    @Option(
            names = "--capacity",
            paramLabel = "RANKS",
            defaultValue = "0",
            description = "how many ranks this node can compute at a time (default: number of cores)")
    private int capacity;

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description =
                    "folder in which this node keeps its part of runs whose nodes share no folder (default: runs, in the"
                            + " working folder)")
    private @Nullable Path runs;

    @Option(
            names = "--until-run-ends",
            hidden = true,
            description = "leaves after its first run, or when whoever started it is gone and there is no run")
    private boolean untilRunEnds;

    @Mixin
    private UiOptions ui = new UiOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    private volatile @Nullable ClusterNode current;
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    @Override
    public Integer call() throws InterruptedException {
        if (bootstrap && !join.isEmpty()) {
            throw new IllegalArgumentException("--bootstrap with --join " + String.join(",", join)
                    + " (expected: one of them, bootstrap finds the nodes itself)");
        }
        if (found && (bootstrap || !join.isEmpty())) {
            throw new IllegalArgumentException(
                    "--found with " + (bootstrap ? "--bootstrap" : "--join " + String.join(",", join))
                            + " (expected: one of them, --found begins a cluster of its own)");
        }
        CompilerDirectives.give();
        int ranks = capacity == 0 ? Runtime.getRuntime().availableProcessors() : capacity;
        NodeSettings settings = new NodeSettings(host, port, join, roles, ranks);
        ClusterTraining.requireReachable(settings);
        Optional<NodeAddress> own = port == 0 ? Optional.empty() : Optional.of(new NodeAddress(settings.host(), port));
        FormerMembers former = bootstrap
                ? FormerMembers.none()
                : own.map(address -> FormerMembers.of(StateFolder.path(), address))
                        .orElseGet(FormerMembers::none);
        Entry entry = Entry.of(own, join, former.known(), found || bootstrap, Knock::all);
        entry.notice().ifPresent(notice -> say("node " + settings.host() + ":" + port + " " + notice));
        try (LivePage page = LivePage.open(ui, output, Optional.of(new ClusterPage(this::member)), this::isReady)) {
            page.count(
                    this::working,
                    () -> recorders().map(FlightRecorders::retransmissions).orElse(0L));
            return serve(settings, entry.seeds(), former, page);
        }
    }

    /** Takes part, and again whenever it was cut off, until it is told to go. */
    private int serve(NodeSettings settings, List<String> first, FormerMembers former, LivePage page)
            throws InterruptedException {
        List<String> seeds = first;
        boolean wasMember = false;
        while (true) {
            ClusterNode node = ClusterNode.start(settings.joining(seeds), new Plans(), deployment(), this::runOver);
            current = node;
            Thread hook = new Thread(() -> leave(node));
            Runtime.getRuntime().addShutdownHook(hook);
            boolean joined = ClusterTraining.awaitUp(node, "join", seeds);
            if (joined) {
                announce(node, settings.capacity());
                ClusterRuns.follow(page, node);
            }
            if (untilRunEnds && joined) {
                watchStarter(node);
            }
            List<String> others = List.of();
            while (!node.ended().toCompletableFuture().isDone()) {
                others = othersOf(node, others, former);
                leaveAfterRun(node);
                sleep(500);
            }
            forget(hook);
            if (leaving.get() || node.wasDrained()) {
                return 0;
            }
            wasMember |= joined;
            if (!joined && (!wasMember || untilRunEnds || node.refusal().isPresent())) {
                throw ClusterTraining.notJoined(node, "join", String.join(", ", seeds));
            }
            if (joined) {
                // cut off, and taken for dead by the others: what it has is outdated
                say("millrace: cut off from the cluster; joining again");
                seeds = others.isEmpty() ? join : others;
            } else {
                say("millrace: no answer from " + String.join(", ", seeds) + "; joining again");
            }
        }
    }

    /** What this process is at the moment: after a time without the others it is another one. */
    private ClusterNode member() {
        ClusterNode node = current;
        if (node == null) {
            throw new IllegalStateException("node: it is just starting (expected: a member); ask again in a moment");
        }
        return node;
    }

    /** None while the node is just starting. */
    private Optional<FlightRecorders> recorders() {
        ClusterNode node = current;
        return node == null ? Optional.empty() : Optional.of(node.recorders());
    }

    private List<OfRun> working() {
        return recorders().stream()
                .flatMap(all -> all.all().stream())
                .map(recorder -> new OfRun(recorder.run(), recorder.counted()))
                .toList();
    }

    private boolean isReady() {
        ClusterNode node = current;
        return node != null && node.isUp();
    }

    private void say(String line) {
        output.err().println(line);
        output.err().flush();
    }

    private Config deployment() {
        // the process is the node: after an error of the JVM it ends, so that whoever watches it starts it again
        Map<String, Object> own = new TreeMap<>(Map.of("akka.jvm-exit-on-fatal-error", true));
        if (bootstrap) {
            own.put("millrace.node.join", "bootstrap");
        }
        if (!untilRunEnds && port != 0) {
            own.put("millrace.jobs.folder", jobFolder());
        }
        if (bind != null) {
            own.put("akka.remote.artery.bind.hostname", bind);
        }
        if (runs != null) {
            own.put("millrace.node.runs", runs.toString());
        }
        Config deployment = ClusterTraining.deployment();
        return ConfigFactory.parseMap(own).withFallback(untilRunEnds ? NodeProcesses.over(deployment) : deployment);
    }

    /** One for each address, as for what a node knows of the others. */
    private String jobFolder() {
        return StateFolder.path()
                .resolve("jobs")
                .resolve(host.replace(':', '_') + "-" + port)
                .toString();
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

    /** The other nodes; while it is one of them, they are kept for the time after it. */
    private static List<String> othersOf(ClusterNode node, List<String> before, FormerMembers former) {
        List<String> members = node.members().stream()
                .filter(member -> !member.roles().contains(NodeSettings.CLIENT))
                .map(ClusterNode.MemberLine::address)
                .filter(address -> !address.equals(node.address()))
                .toList();
        if (node.isUp()) {
            former.keep(members);
        }
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
                    if (node.jobs().list().stream().allMatch(job -> job.state().isFinal())) {
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
