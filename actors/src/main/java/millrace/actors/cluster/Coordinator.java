package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.Signal;
import akka.actor.typed.Terminated;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import millrace.actors.access.Access;
import millrace.actors.access.Credential;
import millrace.actors.access.Role;
import millrace.actors.cluster.CoordinatorProtocol.AskStatus;
import millrace.actors.cluster.CoordinatorProtocol.Command;
import millrace.actors.cluster.CoordinatorProtocol.Connected;
import millrace.actors.cluster.CoordinatorProtocol.Interrupt;
import millrace.actors.cluster.CoordinatorProtocol.PrepareFailed;
import millrace.actors.cluster.CoordinatorProtocol.Prepared;
import millrace.actors.cluster.CoordinatorProtocol.RankFailed;
import millrace.actors.cluster.CoordinatorProtocol.RanksRest;
import millrace.actors.cluster.CoordinatorProtocol.Save;
import millrace.actors.cluster.CoordinatorProtocol.StagesCut;
import millrace.actors.cluster.CoordinatorProtocol.Submit;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.cluster.CoordinatorProtocol.WorkerLeaving;
import millrace.actors.cluster.CoordinatorProtocol.Workers;
import millrace.actors.cluster.WorkerProtocol.RankPlace;
import millrace.actors.event.RunResult;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.trainer.Stalled;
import millrace.actors.trainer.Trainer;

/**
 * Keeps a run alive: places its ranks on the workers that it is given, lets a {@link Trainer} drive
 * them, and when a worker, a rank or a message is lost begins the next run epoch from the last checkpoint with those that
 * are left. When its own node is lost, another one is made elsewhere; it then asks the workers whether they know the run.
 * It keeps nothing that cannot be found out again from them and from the run folder.
 *
 * <p>What it does is decided by {@link Recovery}: here messages become facts, and orders become messages.
 */
public final class Coordinator extends AbstractOnMessageBehavior<Command> {
    private static final Duration LINE_PATIENCE = Duration.ofSeconds(2);
    // between nodes a frame may be lost and sent again, and nobody else knows of it
    private static final int STALL_PATIENCE = 2;

    /** Something that happened here, ready for the decision. */
    record Learnt(RecoveryFact fact) implements CoordinatorProtocol.Local {}

    /** The run folder was read: the plan stays here. */
    record RunBegins(long reading, RunReader.Begun begun) implements CoordinatorProtocol.Local {}

    record TimePassed() implements CoordinatorProtocol.Local {}

    /** A node's process has ended. */
    record NodeLost(String address) implements CoordinatorProtocol.Local {}

    /** What the ranks wait for, for somebody who asks for the status; empty where they have not said it. */
    record LineKnown(Optional<TrainerProtocol.LineTold> told, ActorRef<CoordinatorProtocol.Status> replyTo)
            implements CoordinatorProtocol.Local {}

    private final TimerScheduler<Command> timers;
    private final ActorNames names;
    private final RunReader reader;
    private final Access access;
    private final RunFolders folders;
    private final Duration stallCheck;
    private final Recovery recovery = new Recovery(System.nanoTime());
    private final Map<Long, RunPlan> plans = new HashMap<>();
    // by the worker's address; nothing is decided by it
    private final Map<String, DataUse> data = new HashMap<>();
    private final Map<Long, ActorRef<TrainerProtocol.Message>> trainers = new HashMap<>();
    private OptionalLong timerAt = OptionalLong.empty();

    /** The coordinator of one run. */
    public static Behavior<Command> create(PlanSource plans, RunStorages storages) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Coordinator(context, timers, plans, storages)));
    }

    private Coordinator(
            ActorContext<Command> context, TimerScheduler<Command> timers, PlanSource plans, RunStorages storages) {
        super(context);
        this.timers = timers;
        this.names = new ActorNames(ActorRefResolver.get(context.getSystem()));
        this.reader = new RunReader(plans, storages);
        this.access = Access.of(context.getSystem().settings().config());
        this.folders = RunFolders.of(context.getSystem().settings().config());
        this.stallCheck = context.getSystem()
                .settings()
                .config()
                .getDuration("millrace.stall-check")
                .multipliedBy(STALL_PATIENCE);
        // long before the cluster has removed the node, and Akka says that its actors have ended
        ActorRef<NodeEnded> ended = context.messageAdapter(NodeEnded.class, node -> new NodeLost(node.address()));
        context.getSystem().eventStream().tell(new EventStream.Subscribe<>(NodeEnded.class, ended));
    }

    // ---- messages become facts

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Learnt(RecoveryFact fact) -> learnt(fact);
            case TimePassed() -> {
                timerAt = OptionalLong.empty();
                learnt(new RecoveryFact.Tick());
            }
            case RunBegins(long reading, RunReader.Begun begun) -> {
                plans.put(begun.beginning().runEpoch(), begun.plan());
                learnt(new RecoveryFact.FolderRead(reading, begun.beginning()));
            }
            case NodeLost(String address) ->
                recovery.workersAt(address).forEach(worker -> learnt(new RecoveryFact.WorkerLost(worker)));
            // the manager has looked at what clients ask for, but what workers know comes here too
            case Submit(RunOrder order, var client) ->
                allowed(Role.SUBMITTER, order.signedText(), order.credential())
                        .ifPresentOrElse(
                                reason -> client.tell(new ClientProtocol.Failed(order.id(), reason, true)),
                                () -> learnt(new RecoveryFact.RunSubmitted(order, names.id(client))));
            case Workers(var all) -> learnt(new RecoveryFact.WorkersRegistered(names.ids(all)));
            case Interrupt(String runId) -> learnt(new RecoveryFact.InterruptAsked(runId));
            case Save() -> trainers.values().forEach(trainer -> trainer.tell(new TrainerProtocol.SaveSoon()));
            case AskStatus(var replyTo) -> askLine(replyTo);
            case LineKnown(var told, var replyTo) -> {
                CoordinatorProtocol.Status status = status();
                RunPlan plan = plans.get(status.runEpoch());
                replyTo.tell(
                        told.isPresent() && plan != null
                                ? LineStatus.with(status, told.get(), LineStatus.work(plan))
                                : status);
            }
            case WorkerHere here -> {
                if (allowed(Role.WORKER, WorkerHere.signedText(here.address()), here.credential())
                        .isEmpty()) {
                    learnt(new RecoveryFact.WorkerHere(
                            names.id(here.worker()),
                            here.address(),
                            here.capacity(),
                            here.newestEpoch(),
                            here.known(),
                            here.together()));
                }
            }
            case RanksRest(long question, var worker, AtRest rest) ->
                learnt(new RecoveryFact.RanksRest(question, names.id(worker), rest));
            case StagesCut(long question, var worker, var files) ->
                learnt(new RecoveryFact.StagesCut(question, names.id(worker), files));
            case WorkerLeaving(var worker) -> learnt(new RecoveryFact.WorkerLeaving(names.id(worker)));
            case Prepared(long runEpoch, var worker, var places, DataUse use) -> {
                data.put(names.address(worker), use);
                learnt(new RecoveryFact.RanksPrepared(runEpoch, names.id(worker), names.named(places)));
            }
            case PrepareFailed(long runEpoch, var worker, String reason, boolean badInput) -> {
                // perhaps what is on the disk is not what was written
                reader.forget();
                learnt(new RecoveryFact.PrepareFailed(runEpoch, names.id(worker), new Failure(reason, badInput)));
            }
            case Connected(long runEpoch, var worker) ->
                learnt(new RecoveryFact.RanksConnected(runEpoch, names.id(worker)));
            case RankFailed(long runEpoch, int rank, String reason) ->
                learnt(new RecoveryFact.RankFailed(runEpoch, rank, reason));
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof ChildFailed failed) {
            // before it could say so itself
            trainers.entrySet().stream()
                    .filter(trainer ->
                            trainer.getValue().path().equals(failed.getRef().path()))
                    .findFirst()
                    .ifPresent(trainer ->
                            learnt(new RecoveryFact.TrainerFailed(trainer.getKey(), Failure.of(failed.getCause()))));
        } else if (signal instanceof Terminated gone) {
            learnt(new RecoveryFact.WorkerLost(names.id(gone.getRef())));
        }
        return this;
    }

    private void askLine(ActorRef<CoordinatorProtocol.Status> replyTo) {
        if (recovery.state() instanceof RecoveryState.Training(var _, RecoveryState.Attempt attempt)) {
            getContext()
                    .ask(
                            TrainerProtocol.LineTold.class,
                            trainer(attempt.runEpoch()),
                            LINE_PATIENCE,
                            TrainerProtocol.AskLine::new,
                            (told, _) -> new LineKnown(Optional.ofNullable(told), replyTo));
        } else {
            replyTo.tell(status());
        }
    }

    private void learnt(RecoveryFact fact) {
        long now = System.nanoTime();
        RecoveryState before = recovery.state();
        List<RecoveryOrder> orders = recovery.on(fact, now);
        if (!(fact instanceof RecoveryFact.TrainingHappened)
                && !recovery.state().equals(before)) {
            getContext()
                    .getLog()
                    .debug(
                            "{}: {} after {}",
                            recovery.status().runId().orElse("no run"),
                            recovery.state().getClass().getSimpleName(),
                            fact.getClass().getSimpleName());
        }
        orders.forEach(this::carryOut);
        OptionalLong deadline = recovery.deadline(now);
        if (!deadline.equals(timerAt)) {
            timerAt = deadline;
            timers.cancel(TimePassed.class);
            deadline.ifPresent(at -> timers.startSingleTimer(
                    TimePassed.class, new TimePassed(), Duration.ofNanos(Math.max(0, at - now))));
        }
    }

    /** Why something is refused; empty where it is allowed. */
    private Optional<String> allowed(Role role, String request, Optional<Credential> credential) {
        try {
            access.require(role, request, credential);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            getContext().getLog().warn("refused: {}", e.getMessage());
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private CoordinatorProtocol.Status status() {
        CoordinatorProtocol.Status status = recovery.status();
        return status.with(status.workers().stream()
                .map(worker -> worker.with(data.getOrDefault(worker.address(), DataUse.NONE)))
                .toList());
    }

    // ---- orders become messages

    private void carryOut(RecoveryOrder order) {
        ActorRef<Command> self = getContext().getSelf();
        switch (order) {
            case RecoveryOrder.AskWorker(ActorId worker) ->
                names.worker(worker).tell(new WorkerProtocol.AskWorker(self.narrow()));
            case RecoveryOrder.WatchWorker(ActorId worker) -> getContext().watch(names.worker(worker));
            case RecoveryOrder.TellClient(ActorId client, var event) ->
                names.client(client).tell(event);
            case RecoveryOrder.AskRest(ActorId worker, String runId, long runEpoch, long question) ->
                names.worker(worker).tell(new WorkerProtocol.AskRest(runId, runEpoch, question, self));
            case RecoveryOrder.CutStages(ActorId worker, String runId, long question, var word) ->
                names.worker(worker).tell(new WorkerProtocol.CutStages(runId, question, word, self));
            case RecoveryOrder.TryOut(ActorId worker, long runEpoch, RunOrder run, var ranks) ->
                names.worker(worker).tell(new WorkerProtocol.TryOut(runEpoch, run, ranks, self));
            case RecoveryOrder.ReadFolder(long reading, RunOrder run, long after, var live) ->
                offThread(
                        () -> {
                            folders.require(run);
                            return reader.begin(run, after, live);
                        },
                        begun -> new RunBegins(reading, begun),
                        failure -> new RecoveryFact.FolderUnreadable(reading, failure));
            case RecoveryOrder.PrepareRanks(
                    ActorId worker,
                    long runEpoch,
                    RunOrder run,
                    var ranks,
                    var checkpoint,
                    var live) ->
                names.worker(worker).tell(new WorkerProtocol.Prepare(runEpoch, run, ranks, checkpoint, live, self));
            case RecoveryOrder.StartTrainer start -> startTrainer(start);
            case RecoveryOrder.ConnectRanks(ActorId worker, long runEpoch, var places) ->
                names.worker(worker)
                        .tell(new WorkerProtocol.ConnectRanks(runEpoch, names.places(places), trainer(runEpoch)));
            case RecoveryOrder.BeginTraining(long runEpoch) -> trainer(runEpoch).tell(new TrainerProtocol.Begin());
            case RecoveryOrder.InterruptTrainer(long runEpoch) ->
                trainer(runEpoch).tell(new TrainerProtocol.Interrupt());
            case RecoveryOrder.StopTrainer(long runEpoch) -> {
                getContext().stop(trainer(runEpoch));
                trainers.remove(runEpoch);
            }
            case RecoveryOrder.ReleaseRanks(ActorId worker, long runEpoch) ->
                names.worker(worker).tell(new WorkerProtocol.Release(runEpoch));
            case RecoveryOrder.ReadOutcome(long runEpoch, RunOrder run, RunResult result) -> {
                RunPlan plan = plan(runEpoch);
                offThread(
                        () -> reader.outcome(run, plan, result),
                        ended -> new Learnt(new RecoveryFact.OutcomeRead(runEpoch, ended)),
                        failure -> new RecoveryFact.OutcomeUnreadable(runEpoch, failure));
            }
            case RecoveryOrder.KeepCut(ActorId worker, String runId, long step, var copyOf) ->
                names.worker(worker)
                        .tell(new WorkerProtocol.KeepCut(
                                runId, step, copyOf.stream().map(names::worker).toList()));
            case RecoveryOrder.ForgetRun(ActorId worker, String runId) ->
                names.worker(worker).tell(new WorkerProtocol.RunOver(runId));
        }
    }

    private void startTrainer(RecoveryOrder.StartTrainer start) {
        long epoch = start.runEpoch();
        plans.keySet().retainAll(Set.of(epoch));
        List<RankPlace> places = names.places(start.places());
        ActorRef<Command> self = getContext().getSelf();
        CompletableFuture<RunResult> result = new CompletableFuture<>();
        Trainer.Run run = new Trainer.Run(
                plan(epoch),
                event -> self.tell(new Learnt(new RecoveryFact.TrainingHappened(epoch, event))),
                _ -> places.stream().map(RankPlace::actor).toList(),
                Optional.of(reader.checkpointing(start.run(), epoch).telling(saved -> {
                    reader.remember(start.run(), saved);
                    self.tell(new Learnt(
                            new RecoveryFact.CutSaved(epoch, saved.manifest().step())));
                })));
        ActorRef<TrainerProtocol.Message> trainer =
                getContext().spawn(Trainer.waiting(run, stallCheck, result), "trainer-" + epoch);
        getContext().watch(trainer);
        trainers.put(epoch, trainer);
        getContext()
                .pipeToSelf(
                        result,
                        (end, cause) -> new Learnt(
                                cause == null
                                        ? new RecoveryFact.TrainerFinished(epoch, end)
                                        : gaveUp(epoch, BlockingWork.cause(cause))));
    }

    private static RecoveryFact gaveUp(long runEpoch, Throwable cause) {
        return cause instanceof Stalled
                ? new RecoveryFact.TrainerStalled(runEpoch, String.valueOf(cause.getMessage()))
                : new RecoveryFact.TrainerFailed(runEpoch, Failure.of(cause));
    }

    private <T> void offThread(Supplier<T> work, Function<T, Command> then, Function<Failure, RecoveryFact> otherwise) {
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(getContext().getSystem(), work),
                        (value, cause) -> cause == null
                                ? then.apply(value)
                                : new Learnt(otherwise.apply(Failure.of(BlockingWork.cause(cause)))));
    }

    private RunPlan plan(long runEpoch) {
        return Objects.requireNonNull(plans.get(runEpoch), () -> "no plan of run epoch " + runEpoch);
    }

    private ActorRef<TrainerProtocol.Message> trainer(long runEpoch) {
        return Objects.requireNonNull(trainers.get(runEpoch), () -> "no trainer of run epoch " + runEpoch);
    }
}
