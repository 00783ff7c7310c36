package millrace.actors.node;

import akka.Done;
import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.Cancellable;
import akka.actor.CoordinatedShutdown;
import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.ClusterSingletonSettings;
import akka.cluster.typed.Down;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.Leave;
import akka.cluster.typed.SingletonActor;
import akka.remote.RemoteActorRefProvider;
import akka.remote.testkit.Direction;
import akka.remote.testkit.SetThrottle;
import akka.remote.testkit.ThrottleMode;
import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import millrace.actors.access.Access;
import millrace.actors.access.Role;
import millrace.actors.cluster.Client;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.ClusterRun;
import millrace.actors.cluster.NodeFiles;
import millrace.actors.cluster.PlanSource;
import millrace.actors.cluster.RunFolders;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.RunStorages;
import millrace.actors.cluster.Worker;
import millrace.actors.cluster.WorkerProtocol;
import millrace.actors.event.TrainingListener;
import millrace.actors.fetch.FileExchange;
import millrace.actors.jobs.JobBook;
import millrace.actors.jobs.JobManager;
import millrace.actors.jobs.JobTerms;
import millrace.actors.jobs.JobsProtocol;
import millrace.actors.keeper.Keepers;
import millrace.actors.observe.Observer;
import millrace.actors.probe.Probe;
import millrace.actors.trace.FlightRecorders;

/** One member of a cluster: an actor system with what its roles ask for. */
public final class ClusterNode {
    /** Of all members: addresses are told apart by host and port. */
    public static final String SYSTEM = "millrace";

    private static final Duration EXIT_PATIENCE = Duration.ofSeconds(60);

    private final ActorSystem<Command> system;
    private final ClusterJobs jobs;
    private final FileExchange files;
    private final OwnDisks disks;
    private final JoinTerms terms;
    private final FlightRecorders recorders = new FlightRecorders();

    private sealed interface Command {}

    private record Follow(
            Client.Wish wish,
            TrainingListener listener,
            CompletableFuture<Ended> ended,
            CompletableFuture<Void> caughtUp)
            implements Command {}

    /** What callers on other threads use. */
    private record Parts(ActorRef<JobsProtocol.Command> manager, FileExchange files, Keepers keepers) {}

    private ClusterNode(NodeSettings node, PlanSource plans, Config config, Runnable onRunOver) {
        boolean bootstrap = Bootstrap.asked(node, config);
        CompletableFuture<Parts> parts = new CompletableFuture<>();
        this.system = ActorSystem.create(guardian(node, plans, onRunOver, recorders, parts), SYSTEM, config);
        this.disks = new OwnDisks(system, parts.join().keepers());
        this.jobs = new ClusterJobs(
                system,
                parts.join().manager(),
                Access.of(config),
                disks,
                (wish, listener, ended, caughtUp) -> system.tell(new Follow(wish, listener, ended, caughtUp)));
        this.files = parts.join().files();
        connectedUntilItsEnd(system);
        Cluster cluster = Cluster.get(system);
        List<Address> seeds = new ArrayList<>();
        node.join().forEach(seed -> seeds.add(address(cluster, seed)));
        seeds.remove(cluster.selfMember().address());
        this.terms = JoinTerms.askWhenRefused(Adapter.toClassic(system), seeds);
        if (!seeds.isEmpty()) {
            cluster.manager().tell(new JoinSeedNodes(seeds));
        } else if (bootstrap) {
            Bootstrap.start(Adapter.toClassic(system));
        } else {
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
        }
    }

    /**
     * When the JVM is told to end, Artery closes all connections at once, unless Akka knows of somebody who is not
     * through yet: a drain, or a client that waits for its run to be saved, still needs them.
     */
    private static void connectedUntilItsEnd(ActorSystem<Command> system) {
        Cancellable hook = CoordinatedShutdown.get(system).addCancellableJvmShutdownHook(() -> {
            try {
                system.getWhenTerminated().toCompletableFuture().get(EXIT_PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException _) {
                // the JVM ends anyway
            }
        });
        CompletionStage<Boolean> _ = system.getWhenTerminated().thenApply(done -> hook.cancel());
    }

    /**
     * Starts a node.
     *
     * @param plans what runs are made with
     * @param deployment settings of the actor system, over Millrace's own
     * @param onRunOver called when a run that this node has worked on is over
     * @throws IllegalArgumentException when it cannot be started, as when its port is in use
     */
    public static ClusterNode start(NodeSettings node, PlanSource plans, Config deployment, Runnable onRunOver) {
        Config config = NodeConfig.of(node, deployment);
        Access.of(config).requireOwn(node.roles().contains(NodeSettings.CLIENT) ? Role.VIEWER : Role.WORKER);
        try {
            return new ClusterNode(node, plans, config, onRunOver);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new IllegalArgumentException(
                    "node " + node.host() + ":" + node.port() + ": " + root.getMessage()
                            + " (expected: a host name of this machine and a free port); choose others with --host and"
                            + " --port",
                    e);
        }
    }

    private static Address address(Cluster cluster, String hostPort) {
        return AddressFromURIString.parse(cluster.selfMember().address().protocol() + "://" + SYSTEM + "@" + hostPort);
    }

    private static Behavior<Command> guardian(
            NodeSettings node,
            PlanSource source,
            Runnable onRunOver,
            FlightRecorders recorders,
            CompletableFuture<Parts> parts) {
        return Behaviors.setup(context -> {
            FileExchange exchange = FileExchange.start(context);
            Config config = context.getSystem().settings().config();
            NodeFiles files = new NodeFiles(config, exchange);
            String address = hostPort(context.getSystem().address());
            PlanSource plans = source.finding(files).on(address).remembering();
            Keepers keepers = Keepers.start(
                    context,
                    exchange,
                    Path.of(config.getString("millrace.node.runs")),
                    RunFolders.of(config).allowed(),
                    address,
                    node.roles().contains(NodeSettings.WORKER),
                    !node.roles().contains(NodeSettings.CLIENT));
            RunStorages storages = RunStorages.of(keepers, address);
            ClusterSingletonSettings onTrainers =
                    ClusterSingletonSettings.create(context.getSystem()).withRole(NodeSettings.TRAINER);
            ActorRef<JobsProtocol.Command> manager = ClusterSingleton.get(context.getSystem())
                    .init(SingletonActor.of(JobManager.create(plans, storages), "jobs")
                            .withSettings(onTrainers));
            parts.complete(new Parts(manager, exchange, keepers));
            if (!node.roles().equals(Set.of(NodeSettings.CLIENT))) {
                context.spawn(
                        JobBook.create(jobFolder(context.getSystem())), "job-book", DispatcherSelector.blocking());
            }
            JoinTerms.answer(context, node.mayFound());
            if (node.mayFound() && !node.join().isEmpty()) {
                Cluster cluster = Cluster.get(context.getSystem());
                context.spawn(
                        Founding.create(node.join().stream()
                                .map(other -> address(cluster, other))
                                .filter(other ->
                                        !other.equals(cluster.selfMember().address()))
                                .toList()),
                        "founding");
            }
            context.spawn(EndedNeighbours.create(), "ended-neighbours");
            if (node.roles().contains(NodeSettings.WORKER)) {
                ActorRef<WorkerProtocol.Command> worker = context.spawn(
                        Worker.create(address, node.capacity(), plans, storages, onRunOver, recorders), "worker");
                context.spawn(Observer.create(address, recorders), "observer");
                context.spawn(Probe.create(address, node.capacity(), source::kernels), "probe");
                drainBeforeLeaving(context.getSystem(), worker, manager);
            }
            return Behaviors.receive(Command.class)
                    .onMessage(Follow.class, asked -> {
                        context.spawnAnonymous(
                                Client.create(asked.wish(), asked.listener(), asked.ended(), asked.caughtUp()));
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    private static Optional<Path> jobFolder(ActorSystem<?> system) {
        return Optional.of(system.settings().config().getString("millrace.jobs.folder"))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of);
    }

    /** A node that is asked to go lets its ranks drain, with a checkpoint at the end, before it leaves. */
    private static void drainBeforeLeaving(
            ActorSystem<Void> system, ActorRef<WorkerProtocol.Command> worker, ActorRef<JobsProtocol.Command> manager) {
        CoordinatedShutdown.get(system)
                .addTask(
                        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
                        "drain",
                        () -> wasAdmitted(system)
                                ? AskPattern.<WorkerProtocol.Command, Done>ask(
                                                worker,
                                                replyTo -> new WorkerProtocol.Leave(
                                                        leaving ->
                                                                manager.tell(new JobsProtocol.WorkerLeaving(leaving)),
                                                        replyTo),
                                                Duration.ofSeconds(15),
                                                system.scheduler())
                                        .exceptionally(late -> Done.done())
                                : CompletableFuture.completedFuture(Done.done()));
    }

    /** A node that the cluster has refused holds nothing that could drain, and nobody would answer it. */
    private static boolean wasAdmitted(ActorSystem<Void> system) {
        MemberStatus status = Cluster.get(system).selfMember().status();
        return !status.equals(MemberStatus.removed()) && !status.equals(MemberStatus.joining());
    }

    /** host:port of this node. */
    public String address() {
        return hostPort(Cluster.get(system).selfMember().address());
    }

    static String hostPort(Address address) {
        return address.hostPort().substring(address.hostPort().indexOf('@') + 1);
    }

    /** Whether it has been admitted to the cluster. */
    public boolean isUp() {
        return Cluster.get(system).selfMember().status().equals(MemberStatus.up());
    }

    /** Whether it talks to others by TLS. */
    public boolean usesTls() {
        return system.settings()
                .config()
                .getString("akka.remote.artery.transport")
                .equals("tls-tcp");
    }

    /** Why the cluster has refused it, once it has ended: settings and versions that are not the cluster's. */
    public Optional<String> refusal() {
        return terms.refusal();
    }

    /** The members, as host:port, roles and status. */
    public List<MemberLine> members() {
        CurrentClusterState state = Cluster.get(system).state();
        List<MemberLine> lines = new ArrayList<>();
        for (Member member : state.getMembers()) {
            String status = state.getUnreachable().contains(member)
                    ? "unreachable"
                    : member.status().toString().toLowerCase(Locale.ROOT);
            lines.add(new MemberLine(
                    hostPort(member.address()),
                    member.getRoles().stream()
                            .filter(role -> !role.startsWith("dc-") && !role.equals(NodeSettings.VOTER))
                            .sorted()
                            .toList(),
                    status));
        }
        return lines;
    }

    /** A member as people see it. */
    public record MemberLine(String address, List<String> roles, String status) {}

    /**
     * Has a run trained by the cluster; {@link ClusterRun#await} waits for it.
     *
     * @throws IllegalArgumentException when nodes have roles by certificate, and this one's may not train
     */
    public ClusterRun train(RunOrder order, TrainingListener listener) {
        return jobs.train(order, JobTerms.USUAL, listener);
    }

    /** The files that it gives to other nodes and fetches from them. */
    public FileExchange files() {
        return files;
    }

    /** What the ranks that this node hosts have just done. */
    public FlightRecorders recorders() {
        return recorders;
    }

    /** What can be asked of the cluster's jobs. */
    public ClusterJobs jobs() {
        return jobs;
    }

    /**
     * Measures what the cluster's nodes and the links between them are like for a line of so many ranks; takes seconds for each.
     *
     * @param ranks 1 or more; 0 for one on each node that can have one
     * @param progress is told of each measurement before it is made
     * @param enough asked before each whether to do without it, and the rest
     * @return empty when it was enough
     * @throws IllegalArgumentException when there is a run, which would be disturbed, when something cannot be measured, or when
     *     nodes have roles by certificate, and this one's may not train
     */
    public Optional<ClusterFigures> measure(int ranks, Consumer<String> progress, BooleanSupplier enough) {
        Access.of(system.settings().config()).requireOwn(Role.SUBMITTER);
        return ClusterFigures.measure(system, jobs, ranks, progress, enough);
    }

    /**
     * Gathers on this node what a run has come to whose nodes share no folder; may block.
     *
     * @param run its name
     * @param folder of the run on this node
     * @param missing told of each newer checkpoint of which a file is on no node
     * @return false when no node knows a checkpoint of it that is whole
     * @throws IllegalArgumentException when a file cannot be had
     */
    public boolean gather(String run, Path folder, Consumer<String> missing) {
        return disks.gather(run, folder, missing);
    }

    /** Tells the cluster that a node is gone for good, for callers who know: it need not be found out first. */
    public void down(String address) {
        Cluster cluster = Cluster.get(system);
        cluster.manager().tell(new Down(address(cluster, address)));
    }

    /**
     * Lets nothing through to another node, or everything again; only where
     * {@code akka.remote.artery.advanced.test-mode} is on.
     */
    public void cutOff(String address, boolean cut) {
        ExtendedActorSystem classic = (ExtendedActorSystem) Adapter.toClassic(system);
        ThrottleMode mode = cut ? ThrottleMode.blackholeThrottleMode() : ThrottleMode.unthrottledThrottleMode();
        ((RemoteActorRefProvider) classic.provider())
                .transport()
                .managementCommand(
                        new SetThrottle(address(Cluster.get(system), address), Direction.bothDirection(), mode));
    }

    /**
     * Lets another node, or this one, leave the cluster in order: its ranks go on elsewhere before it ends.
     *
     * @param address host:port of a member
     * @throws IllegalArgumentException when there is none of that address, or nodes have roles by certificate and this one's may not train
     */
    public void drain(String address) {
        Access.of(system.settings().config()).requireOwn(Role.SUBMITTER);
        Cluster cluster = Cluster.get(system);
        Member leaving = null;
        for (Member member : cluster.state().getMembers()) {
            leaving = hostPort(member.address()).equals(address) ? member : leaving;
        }
        if (leaving == null) {
            throw new IllegalArgumentException(
                    "node: " + address + " (expected: host:port of a member; see millrace status)");
        }
        cluster.manager().tell(new Leave(leaving.address()));
    }

    /** Whether it has ended, or is ending, because somebody has asked it to leave. */
    public boolean wasDrained() {
        return CoordinatedShutdown.get(system)
                .getShutdownReason()
                .filter(reason -> reason.equals(CoordinatedShutdown.clusterLeavingReason()))
                .isPresent();
    }

    /** Leaves the cluster in order, then ends. */
    public void leave() {
        CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.clusterLeavingReason());
    }

    /** Ends without a word to anybody, as a crash would. */
    public void crash() {
        system.terminate();
    }

    /** Completed when the actor system has ended, for whatever reason. */
    public CompletionStage<Void> ended() {
        return system.getWhenTerminated().thenApply(done -> null);
    }
}
