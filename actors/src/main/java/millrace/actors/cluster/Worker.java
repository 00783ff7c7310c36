package millrace.actors.cluster;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import millrace.actors.access.Access;
import millrace.actors.access.Credential;
import millrace.actors.access.Role;
import millrace.actors.checkpoint.FirstWeights;
import millrace.actors.cluster.CoordinatorProtocol.Connected;
import millrace.actors.cluster.CoordinatorProtocol.PrepareFailed;
import millrace.actors.cluster.CoordinatorProtocol.Prepared;
import millrace.actors.cluster.CoordinatorProtocol.RankFailed;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.cluster.WorkerProtocol.AskWorker;
import millrace.actors.cluster.WorkerProtocol.Command;
import millrace.actors.cluster.WorkerProtocol.ConnectRanks;
import millrace.actors.cluster.WorkerProtocol.FetchFiles;
import millrace.actors.cluster.WorkerProtocol.FilesFetched;
import millrace.actors.cluster.WorkerProtocol.KeepCut;
import millrace.actors.cluster.WorkerProtocol.Leave;
import millrace.actors.cluster.WorkerProtocol.Prepare;
import millrace.actors.cluster.WorkerProtocol.Release;
import millrace.actors.cluster.WorkerProtocol.RunOver;
import millrace.actors.memory.Copies;
import millrace.actors.memory.CopyProtocol;
import millrace.actors.memory.HeldFiles;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import millrace.actors.rank.RankCore;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.transport.TransportSettings;
import org.jspecify.annotations.Nullable;

/**
 * Hosts ranks on one node: makes their weights from the seed, or from a checkpoint in memory or on the disk, their actors, and the connections with
 * other nodes; tells the coordinator when one of them fails. It remembers the run it is used for, so that a coordinator
 * that knows nothing yet finds out from its workers what there is to go on with.
 */
public final class Worker extends AbstractOnMessageBehavior<Command> {
    private final String address;
    private final int capacity;
    private final PlanSource plans;
    private final RunStorages storages;
    private final Runnable onRunOver;
    private final Access access;
    private final RunFolders folders;
    private final Optional<Credential> credential;
    private final int unacknowledged;
    private final HeldFiles held = new HeldFiles();
    private final ActorRef<CopyProtocol.Message> copies;
    private final RankStates states;
    private final List<HostedRanks> hosted = new ArrayList<>();
    private @Nullable RunOrder known;
    private @Nullable ActorRef<CoordinatorProtocol.Command> coordinator;
    private @Nullable ActorRef<Done> drained;
    private long newestEpoch;

    record RanksMade(Prepare request, HostedRanks.Made made) implements WorkerProtocol.Local {}

    record RanksNotMade(Prepare request, Throwable cause) implements WorkerProtocol.Local {}

    /**
     * The worker of a node.
     *
     * @param address of the node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param storages where checkpoints are read and written
     * @param onRunOver called when a run that this worker knows is over
     */
    public static Behavior<Command> create(
            String address, int capacity, PlanSource plans, RunStorages storages, Runnable onRunOver) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(WorkerProtocol.KEY, context.getSelf()));
            return new Worker(context, address, capacity, plans, storages, onRunOver);
        });
    }

    private Worker(
            ActorContext<Command> context,
            String address,
            int capacity,
            PlanSource plans,
            RunStorages storages,
            Runnable onRunOver) {
        super(context);
        this.address = address;
        this.capacity = capacity;
        this.plans = plans;
        this.storages = storages;
        this.onRunOver = onRunOver;
        Config config = context.getSystem().settings().config();
        this.access = Access.of(config);
        this.folders = RunFolders.of(config);
        this.credential = access.sign(WorkerHere.signedText(address));
        TransportSettings transport = TransportSettings.of(config);
        this.unacknowledged = transport.windowFrames();
        this.copies =
                context.spawn(Copies.create(held, transport.longestSlice()), "copies", DispatcherSelector.blocking());
        this.states = new RankStates(held, copies);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case AskWorker(var replyTo) ->
                replyTo.tell(new WorkerHere(
                        getContext().getSelf(),
                        address,
                        capacity,
                        newestEpoch,
                        Optional.ofNullable(known),
                        credential));
            case FetchFiles(RunOrder order, var replyTo) -> fetchFiles(order, replyTo);
            case Prepare request -> prepare(request);
            case RanksMade(Prepare request, HostedRanks.Made made) -> host(request, made);
            case RanksNotMade(Prepare request, Throwable cause) -> {
                Failure why = Failure.of(cause);
                request.replyTo()
                        .tell(new PrepareFailed(
                                request.runEpoch(), getContext().getSelf(), why.reason(), why.badInput()));
            }
            case ConnectRanks(long runEpoch, var places, var trainer) -> {
                ranks(runEpoch).ifPresent(ranks -> ranks.connect(getContext(), places, trainer));
                tellCoordinator(new Connected(runEpoch, getContext().getSelf()));
            }
            case Release(long runEpoch) -> {
                release(runEpoch);
                answerIfDrained();
            }
            case Leave(var announce, var replyTo) -> {
                drained = replyTo;
                announce.accept(getContext().getSelf());
            }
            case KeepCut(String runId, long step, var copyOf) -> {
                if (known != null && known.id().equals(runId)) {
                    held.keep(step);
                    copies.tell(new Copies.CopyCut(
                            step,
                            copyOf.stream()
                                    .map(worker -> worker.path().address().toString())
                                    .collect(Collectors.toSet())));
                }
            }
            case RunOver(String runId) -> {
                // what was hosted for another run has gone when this one was prepared
                if (known != null && known.id().equals(runId)) {
                    release(newestEpoch);
                    known = null;
                    held.close();
                    onRunOver.run();
                }
            }
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof ChildFailed failed) {
            rankEnded(failed.getRef(), String.valueOf(failed.getCause().getMessage()));
        } else if (signal instanceof Terminated gone) {
            rankEnded(gone.getRef(), "stopped");
        } else if (signal instanceof PostStop) {
            // children have ended by now
            hosted.forEach(HostedRanks::free);
            held.close();
        }
        return this;
    }

    private void fetchFiles(RunOrder order, ActorRef<FilesFetched> replyTo) {
        CompletableFuture<Done> _ = BlockingWork.run(getContext().getSystem(), () -> {
            try {
                access.require(Role.SUBMITTER, order.signedText(), order.credential());
                plans.fetch(order);
                replyTo.tell(new FilesFetched(""));
            } catch (RuntimeException e) {
                replyTo.tell(new FilesFetched(Failure.of(e).reason()));
            }
        });
    }

    private void prepare(Prepare request) {
        release(request.runEpoch() - 1);
        if (known != null && !known.id().equals(request.order().id())) {
            held.close();
        }
        known = request.order();
        coordinator = request.replyTo();
        newestEpoch = Math.max(newestEpoch, request.runEpoch());
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(getContext().getSystem(), () -> made(request)),
                        (made, cause) -> cause == null
                                ? new RanksMade(request, made)
                                : new RanksNotMade(request, BlockingWork.cause(cause)));
    }

    private HostedRanks.Made made(Prepare request) {
        RunOrder order = request.order();
        // whoever has passed the order on
        access.require(Role.SUBMITTER, order.signedText(), order.credential());
        folders.require(order);
        request.checkpoint().ifPresent(place -> folders.requireCheckpoint(order, place));
        RunStorage storage = storages.of(order);
        storage.requireSeen(request.runEpoch());
        RunPlan outline = plans.outline(order);
        boolean samples = usesSamples(outline, request.ranks());
        RunPlan fresh = samples ? plans.plan(order) : outline;
        DataUse data = samples ? new DataUse(plans.source(order), fresh.data().bytes()) : DataUse.NONE;
        if (!samples) {
            plans.forgetSamples();
        }
        Start start = request.checkpoint()
                .map(place -> states.at(storage, place, fresh, request.ranks()))
                .or(() -> order.init()
                        .map(file -> new Start(
                                0, FirstWeights.read(Path.of(file), fresh.spec().model(), _ -> {}))))
                .orElse(Start.FRESH);
        RunPlan plan = fresh.from(start).overNetwork(unacknowledged);
        Map<Integer, RankCore> cores = new TreeMap<>();
        try {
            for (int rank : request.ranks()) {
                cores.put(rank, RankCore.of(plan, rank, request.runEpoch()));
            }
        } catch (RuntimeException e) {
            new HostedRanks.Made(plan, cores, data).close();
            throw e;
        }
        // the weights of the start are in the cores by now
        return new HostedRanks.Made(fresh.overNetwork(unacknowledged), cores, data);
    }

    /** The first stage reads inputs, the last one targets. */
    static boolean usesSamples(RunPlan plan, List<Integer> ranks) {
        int last = plan.order().stages() - 1;
        return ranks.stream()
                .flatMap(rank -> plan.order().placement().stagesOf(rank).stream())
                .anyMatch(stage -> stage == 0 || stage == last);
    }

    private void host(Prepare request, HostedRanks.Made made) {
        if (request.runEpoch() < newestEpoch || known == null) {
            // the run has been started again, or is over, since this was asked for
            made.close();
            return;
        }
        HostedRanks ranks = new HostedRanks(request.runEpoch(), made, states.writer(storages.of(request.order())));
        if (!request.ranks().isEmpty()) {
            hosted.add(ranks);
        }
        request.replyTo()
                .tell(new Prepared(request.runEpoch(), getContext().getSelf(), ranks.spawn(getContext()), made.data()));
    }

    private void release(long runEpoch) {
        newestEpoch = Math.max(newestEpoch, runEpoch);
        hosted.stream().filter(ranks -> ranks.runEpoch() <= runEpoch).forEach(ranks -> ranks.stop(getContext()));
    }

    private void answerIfDrained() {
        if (drained != null) {
            drained.tell(Done.done());
            drained = null;
        }
    }

    private Optional<HostedRanks> ranks(long runEpoch) {
        return hosted.stream()
                .filter(ranks -> ranks.runEpoch() == runEpoch && runEpoch == newestEpoch)
                .findFirst();
    }

    private void rankEnded(ActorRef<Void> ended, String reason) {
        for (HostedRanks ranks : List.copyOf(hosted)) {
            ranks.rankOf(ended).ifPresent(rank -> tellCoordinator(new RankFailed(ranks.runEpoch(), rank, reason)));
            if (ranks.ended(ended)) {
                hosted.remove(ranks);
            }
        }
    }

    private void tellCoordinator(CoordinatorProtocol.Command message) {
        if (coordinator != null) {
            coordinator.tell(message);
        }
    }
}
