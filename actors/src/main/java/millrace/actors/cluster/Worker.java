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
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import millrace.actors.access.Access;
import millrace.actors.access.Credential;
import millrace.actors.cluster.CoordinatorProtocol.Connected;
import millrace.actors.cluster.CoordinatorProtocol.PrepareFailed;
import millrace.actors.cluster.CoordinatorProtocol.Prepared;
import millrace.actors.cluster.CoordinatorProtocol.RankFailed;
import millrace.actors.cluster.CoordinatorProtocol.RanksRest;
import millrace.actors.cluster.CoordinatorProtocol.StagesCut;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.cluster.WorkerProtocol.AskRest;
import millrace.actors.cluster.WorkerProtocol.AskWorker;
import millrace.actors.cluster.WorkerProtocol.Command;
import millrace.actors.cluster.WorkerProtocol.ConnectRanks;
import millrace.actors.cluster.WorkerProtocol.CutStages;
import millrace.actors.cluster.WorkerProtocol.FetchFiles;
import millrace.actors.cluster.WorkerProtocol.FilesFetched;
import millrace.actors.cluster.WorkerProtocol.KeepCut;
import millrace.actors.cluster.WorkerProtocol.Leave;
import millrace.actors.cluster.WorkerProtocol.Prepare;
import millrace.actors.cluster.WorkerProtocol.Release;
import millrace.actors.cluster.WorkerProtocol.RunOver;
import millrace.actors.cluster.WorkerProtocol.TryOut;
import millrace.actors.memory.Copies;
import millrace.actors.memory.CopyProtocol;
import millrace.actors.memory.HeldFiles;
import millrace.actors.rank.RankAtRest;
import millrace.actors.rank.StepWord;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.trace.FlightRecorders;
import millrace.actors.transport.TransportSettings;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.jspecify.annotations.Nullable;

/**
 * Hosts ranks on one node: makes their weights from the seed, or from a checkpoint in memory or on the disk, their actors, and the connections with
 * other nodes; tells the coordinator when one of them fails. It remembers the run it is used for, so that a coordinator
 * that knows nothing yet finds out from its workers what there is to go on with.
 */
public final class Worker extends AbstractOnMessageBehavior<Command> {
    private final String address;
    private final int capacity;
    private final RunStorages storages;
    private final Runnable onRunOver;
    private final FlightRecorders recorders;
    private final Optional<Credential> credential;
    private final HeldFiles held = new HeldFiles();
    private final ActorRef<CopyProtocol.Message> copies;
    private final RankStates states;
    private final RankMaker maker;
    private final List<HostedRanks> hosted = new ArrayList<>();
    private @Nullable LiveCut live;
    // of the line whose ranks were hosted last
    private int stages;
    private @Nullable AskRest askedToRest;
    private @Nullable RunOrder known;
    private @Nullable ActorRef<CoordinatorProtocol.Command> coordinator;
    private @Nullable ActorRef<Done> drained;
    private long newestEpoch;
    // of this run epoch and of those before nothing works any more
    private long released;

    record RanksMade(Prepare request, HostedRanks.Made made) implements WorkerProtocol.Local {}

    record RanksNotMade(Prepare request, Throwable cause) implements WorkerProtocol.Local {}

    record TriedOut(TryOut request, DataUse data, @Nullable Throwable cause) implements WorkerProtocol.Local {}

    /**
     * The worker of a node.
     *
     * @param address of the node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param storages where checkpoints are read and written
     * @param onRunOver called when a run that this worker knows is over
     * @param recorders keep what its ranks have just done
     */
    public static Behavior<Command> create(
            String address,
            int capacity,
            PlanSource plans,
            RunStorages storages,
            Runnable onRunOver,
            FlightRecorders recorders) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(WorkerProtocol.KEY, context.getSelf()));
            return new Worker(context, address, capacity, plans, storages, onRunOver, recorders);
        });
    }

    private Worker(
            ActorContext<Command> context,
            String address,
            int capacity,
            PlanSource plans,
            RunStorages storages,
            Runnable onRunOver,
            FlightRecorders recorders) {
        super(context);
        this.recorders = recorders;
        this.address = address;
        this.capacity = capacity;
        this.storages = storages;
        this.onRunOver = onRunOver;
        Config config = context.getSystem().settings().config();
        this.credential = Access.of(config).sign(WorkerHere.signedText(address));
        int pieceBytes = TransportSettings.of(config).longestSlice();
        this.copies = context.spawn(Copies.create(held, pieceBytes), "copies", DispatcherSelector.blocking());
        this.states = new RankStates(held, copies);
        this.maker = new RankMaker(config, plans, storages, states);
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
                        live != null || hosted.stream().anyMatch(HostedRanks::isNeeded),
                        credential));
            case FetchFiles(RunOrder order, var replyTo) -> fetchFiles(order, replyTo);
            case Prepare request -> prepare(request);
            case RanksMade(Prepare request, HostedRanks.Made made) -> host(request, made);
            case RanksNotMade(Prepare request, Throwable cause) ->
                request.replyTo().tell(notPrepared(request.runEpoch(), cause));
            case TryOut request -> tryOut(request);
            case TriedOut(TryOut request, DataUse data, var cause) ->
                request.replyTo()
                        .tell(
                                cause == null
                                        ? new Prepared(
                                                request.runEpoch(), getContext().getSelf(), List.of(), data)
                                        : notPrepared(request.runEpoch(), cause));
            case AskRest request -> {
                askedToRest = request;
                release(request.runEpoch());
                answerIfAtRest();
            }
            case CutStages request -> cut(request);
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
                    dismiss(newestEpoch);
                    known = null;
                    held.close();
                    live = null;
                    onRunOver.run();
                }
            }
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof ChildFailed failed) {
            hosted.forEach(ranks -> ranks.rankOf(failed.getRef()).ifPresent(ranks::failed));
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
                maker.fetchFiles(order);
                replyTo.tell(new FilesFetched(""));
            } catch (RuntimeException e) {
                replyTo.tell(new FilesFetched(Failure.of(e).reason()));
            }
        });
    }

    private void prepare(Prepare request) {
        release(request.runEpoch() - 1);
        dismiss(request.runEpoch() - 1);
        if (known != null && !known.id().equals(request.order().id())) {
            held.close();
            live = null;
        }
        known = request.order();
        coordinator = request.replyTo();
        newestEpoch = Math.max(newestEpoch, request.runEpoch());
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(getContext().getSystem(), () -> maker.made(request)),
                        (made, cause) -> cause == null
                                ? new RanksMade(request, made)
                                : new RanksNotMade(request, BlockingWork.cause(cause)));
    }

    private void host(Prepare request, HostedRanks.Made made) {
        if (request.runEpoch() < newestEpoch || request.runEpoch() <= released || known == null) {
            // the run has been started again, or is over, since this was asked for
            made.close();
            return;
        }
        if (request.ranks().isEmpty()) {
            // nobody waits for it: what was asked for is remembered
            return;
        }
        HostedRanks ranks = new HostedRanks(
                request.order().id(), request.runEpoch(), made, states.writer(storages.of(request.order())), recorders);
        hosted.add(ranks);
        stages = ranks.stages();
        request.replyTo()
                .tell(new Prepared(request.runEpoch(), getContext().getSelf(), ranks.spawn(getContext()), made.data()));
        CompletableFuture<Done> _ = BlockingWork.run(getContext().getSystem(), HeldFiles::practise);
    }

    private PrepareFailed notPrepared(long runEpoch, Throwable cause) {
        Failure why = Failure.of(cause);
        return new PrepareFailed(runEpoch, getContext().getSelf(), why.reason(), why.badInput());
    }

    private void tryOut(TryOut request) {
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(getContext().getSystem(), () -> maker.tryOut(request)),
                        (data, cause) -> cause == null
                                ? new TriedOut(request, data, null)
                                : new TriedOut(request, DataUse.NONE, BlockingWork.cause(cause)));
    }

    private void release(long runEpoch) {
        newestEpoch = Math.max(newestEpoch, runEpoch);
        released = Math.max(released, runEpoch);
        hosted.stream().filter(ranks -> ranks.runEpoch() <= runEpoch).forEach(ranks -> ranks.stop(getContext()));
    }

    /** What ranks of these run epochs have left is not needed any more. */
    private void dismiss(long runEpoch) {
        for (HostedRanks ranks : List.copyOf(hosted)) {
            if (ranks.runEpoch() <= runEpoch && ranks.dismiss()) {
                hosted.remove(ranks);
                ranks.free();
            }
        }
    }

    /** What this worker has of a run, once all of its ranks have ended. */
    private void answerIfAtRest() {
        AskRest request = askedToRest;
        if (request == null) {
            return;
        }
        List<HostedRanks> stopped = hosted.stream()
                .filter(ranks -> ranks.runEpoch() <= request.runEpoch())
                .toList();
        if (stopped.stream().allMatch(HostedRanks::isAtRest)) {
            askedToRest = null;
            boolean knows = known != null && known.id().equals(request.runId());
            if (knows) {
                holdAtRest(stopped);
            }
            request.replyTo()
                    .tell(new RanksRest(
                            request.question(), getContext().getSelf(), knows ? atRest(stopped) : AtRest.NOTHING));
        }
    }

    private AtRest atRest(List<HostedRanks> stopped) {
        TreeMap<Integer, RankAtRest> rests = new TreeMap<>();
        stopped.forEach(ranks -> rests.putAll(ranks.atRest()));
        return new AtRest(stages, rests, Optional.ofNullable(live).map(cut -> cut.with(held::holds)));
    }

    /** What ranks that have come so far have left is in the files then. */
    private void cut(CutStages request) {
        long step = request.word().step();
        LiveCut before = live;
        List<FileEntry> files = List.of();
        // an older step is one that a coordinator has asked for before this one
        if (known != null && known.id().equals(request.runId()) && (before == null || before.step() <= step)) {
            List<HostedRanks> reaching = hosted.stream()
                    .filter(ranks -> ranks.isAtRest() && ranks.reaches(step))
                    .toList();
            files = hold(reaching, request.word());
            for (HostedRanks ranks : reaching) {
                boolean _ = ranks.dismiss();
                hosted.remove(ranks);
                ranks.free();
            }
        }
        request.replyTo().tell(new StagesCut(request.question(), getContext().getSelf(), files));
    }

    /**
     * Holds what ranks have at the newest step that one of them knows the word for. Most often it is the same for all workers, and none
     * has to be asked again; the ranks stay, because some may have to come to a newer one.
     */
    private void holdAtRest(List<HostedRanks> stopped) {
        stopped.stream()
                .flatMap(ranks -> ranks.atRest().values().stream())
                .map(RankAtRest::word)
                .max(Comparator.comparingLong(StepWord::step))
                .filter(word -> word.step() > 0 && (live == null || live.step() <= word.step()))
                .ifPresent(word -> {
                    List<FileEntry> _ = hold(
                            stopped.stream()
                                    .filter(ranks -> ranks.reaches(word.step()))
                                    .toList(),
                            word);
                });
    }

    /** Holds what ranks have at a step, beside what is held of that step. */
    private List<FileEntry> hold(List<HostedRanks> reaching, StepWord word) {
        LiveCut before = live;
        Set<FileEntry> files = new LinkedHashSet<>();
        if (before != null && before.step() == word.step()) {
            files.addAll(before.with(held::holds).files());
        }
        reaching.forEach(ranks -> files.addAll(hold(ranks, word)));
        live = new LiveCut(word, List.copyOf(files));
        return List.copyOf(files);
    }

    private List<FileEntry> hold(HostedRanks ranks, StepWord word) {
        List<FileEntry> files = new ArrayList<>();
        try (Arena copies = Arena.ofConfined()) {
            ranks.stagesAt(word, copies)
                    .forEach(part -> files.addAll(held.hold(part.stage(), stages, part.snapshot())));
        } catch (RuntimeException e) {
            // another worker may have the same stages
            getContext().getLog().warn("stages at step {}: {}", word.step(), e.toString());
        }
        return files;
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
                ranks.free();
            }
        }
        answerIfAtRest();
    }

    private void tellCoordinator(CoordinatorProtocol.Command message) {
        if (coordinator != null) {
            coordinator.tell(message);
        }
    }
}
