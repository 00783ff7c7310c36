package millrace.actors.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.actor.typed.receptionist.Receptionist;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import millrace.actors.cluster.CoordinatorProtocol.AskStatus;
import millrace.actors.cluster.CoordinatorProtocol.Command;
import millrace.actors.cluster.CoordinatorProtocol.Connected;
import millrace.actors.cluster.CoordinatorProtocol.Interrupt;
import millrace.actors.cluster.CoordinatorProtocol.PrepareFailed;
import millrace.actors.cluster.CoordinatorProtocol.Prepared;
import millrace.actors.cluster.CoordinatorProtocol.RankFailed;
import millrace.actors.cluster.CoordinatorProtocol.Submit;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.cluster.CoordinatorProtocol.WorkerLeaving;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.trainer.Stalled;
import millrace.actors.trainer.Trainer;
import org.jspecify.annotations.Nullable;

/**
 * The trainer's part that outlives failures, one in a cluster: finds workers, places the ranks of a run on them, lets a
 * {@link Trainer} drive them, and when a worker, a rank or a message is lost begins the next run epoch from the last
 * checkpoint with those that are left. When its own node is lost, the cluster makes it anew elsewhere; it then asks the
 * workers which run they know. It keeps nothing that cannot be found out again from them and from the run folder.
 */
final class Coordinator extends AbstractBehavior<Command> {
    // others that come at the same time, or go, are seen before the ranks are placed
    private static final Duration SETTLE = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    private static final int SAME_FAILURES = 3;
    private static final int STALL_PATIENCE = 2;

    private enum Phase {
        IDLE,
        GATHERING,
        READING,
        PREPARING,
        TRAINING,
        ENDING
    }

    private record Found(Set<ActorRef<WorkerProtocol.Command>> workers) implements CoordinatorProtocol.Internal {}

    private record AskUnheard() implements CoordinatorProtocol.Internal {}

    private record NotPrepared(long runEpoch) implements CoordinatorProtocol.Internal {}

    private record Settled() implements CoordinatorProtocol.Internal {}

    private record Impatient() implements CoordinatorProtocol.Internal {}

    private record Read(long gathering, Attempt.Begin begin) implements CoordinatorProtocol.Internal {}

    private record Told(long runEpoch, TrainingEvent event) implements CoordinatorProtocol.Internal {}

    private record Through(long runEpoch, RunResult result) implements CoordinatorProtocol.Internal {}

    private record Broken(long runEpoch, Throwable cause) implements CoordinatorProtocol.Internal {}

    private record Digested(ClusterRun.Outcome outcome) implements CoordinatorProtocol.Internal {}

    private record NotReadable(Throwable cause) implements CoordinatorProtocol.Internal {}

    private final TimerScheduler<Command> timers;
    private final RunReader reader;
    private final Duration stallCheck;
    private final KnownWorkers workers = new KnownWorkers();
    private final RunLog log = new RunLog();
    private Phase phase = Phase.IDLE;
    private @Nullable RunOrder order;
    private @Nullable ActorRef<ClientProtocol.Event> client;
    private @Nullable Attempt attempt;
    private ClientProtocol.@Nullable Event lastEnd;
    private String lastEnded = "";
    private long gatherings;
    private long newestEpoch;
    private boolean interrupted;
    private String lastFailure = "";
    private int sameFailures;

    static Behavior<Command> create(PlanSource plans) {
        Behavior<Command> coordinator =
                Behaviors.setup(context -> Behaviors.withTimers(timers -> new Coordinator(context, timers, plans)));
        // made anew it finds out from the workers what there is to go on with, as a successor elsewhere would
        return Behaviors.supervise(coordinator)
                .onFailure(SupervisorStrategy.restartWithBackoff(SETTLE, Duration.ofSeconds(10), 0.2));
    }

    private Coordinator(ActorContext<Command> context, TimerScheduler<Command> timers, PlanSource plans) {
        super(context);
        this.timers = timers;
        this.reader = new RunReader(plans);
        // between nodes a frame may be lost and sent again, and nobody else knows of it
        this.stallCheck = context.getSystem()
                .settings()
                .config()
                .getDuration("millrace.stall-check")
                .multipliedBy(STALL_PATIENCE);
        ActorRef<Receptionist.Listing> listings = context.messageAdapter(
                Receptionist.Listing.class, listing -> new Found(listing.getAllServiceInstances(WorkerProtocol.KEY)));
        context.getSystem().receptionist().tell(Receptionist.subscribe(WorkerProtocol.KEY, listings));
        timers.startTimerWithFixedDelay(new AskUnheard(), ASK_AGAIN);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, this::onCommand)
                .onSignal(Terminated.class, this::onTerminated)
                .build();
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Found(var found) -> {
                workers.registered(found);
                askUnheard();
            }
            case AskUnheard() -> askUnheard();
            case WorkerHere here -> workerHere(here);
            case WorkerLeaving(var worker) -> workerLeaving(worker);
            case Submit(RunOrder wanted, var replyTo) -> submitted(wanted, replyTo);
            case Interrupt(String runId) -> interrupt(runId);
            case AskStatus(var replyTo) -> replyTo.tell(status());
            case Settled() -> gatherIfEnough();
            case Impatient() -> impatient();
            case Read(long gathering, Attempt.Begin begin) -> place(gathering, begin);
            case NotReadable(Throwable cause) -> fail(cause);
            case Prepared(long runEpoch, var worker, var places) ->
                current(runEpoch, Phase.PREPARING).ifPresent(now -> {
                    if (now.prepared(worker, places) && now.trainer().isEmpty()) {
                        connect(now);
                    }
                });
            case PrepareFailed failed -> prepareFailed(failed);
            case NotPrepared(long runEpoch) ->
                current(runEpoch, Phase.PREPARING)
                        .ifPresent(
                                _ -> recoverUnlessRepeated("workers: no answer within " + PATIENCE.toSeconds() + " s"));
            case Connected(long runEpoch, var worker) ->
                current(runEpoch, Phase.PREPARING).ifPresent(now -> {
                    if (now.trainer().isPresent() && now.connected(worker)) {
                        train(now);
                    }
                });
            case RankFailed(long runEpoch, int rank, String reason) ->
                attempt(runEpoch).ifPresent(_ -> recoverUnlessRepeated("rank " + rank + " failed: " + reason));
            case Told(long runEpoch, TrainingEvent event) -> attempt(runEpoch).ifPresent(_ -> tell(event));
            case Through(long runEpoch, RunResult result) -> attempt(runEpoch).ifPresent(_ -> through(result));
            case Broken(long runEpoch, Throwable cause) -> attempt(runEpoch).ifPresent(_ -> broken(cause));
            case Digested(ClusterRun.Outcome outcome) ->
                end(new ClientProtocol.Ended(runId(), outcome.result(), outcome.weightsSha256()));
            case CoordinatorProtocol.Internal _ -> {}
        }
        return this;
    }

    // ---- workers

    // again and again: a node that has just come, or come back, may not be heard at once
    private void askUnheard() {
        workers.unheard()
                .forEach(worker ->
                        worker.tell(new WorkerProtocol.AskWorker(getContext().getSelf())));
    }

    private void workerHere(WorkerHere here) {
        boolean isNew = workers.add(here);
        if (isNew) {
            getContext().watch(here.worker());
        }
        if (phase == Phase.IDLE
                && here.known().isPresent()
                && !here.known().get().id().equals(lastEnded)) {
            // the trainer before this one is gone
            order = here.known().get();
            tell(log.adopted());
            gather(Duration.ofSeconds(1));
        } else if (phase == Phase.GATHERING && isNew) {
            boolean begun = here.known()
                    .map(RunOrder::id)
                    .equals(Optional.ofNullable(order).map(RunOrder::id));
            if (begun && order != null && !log.hasBegun()) {
                // the client has asked before the workers could say that another trainer had begun
                tell(log.adopted());
            }
            gatherIfEnough();
        }
    }

    private Behavior<Command> onTerminated(Terminated gone) {
        workers.remove(gone.getRef()).ifPresent(lost -> {
            if (attempt != null && attempt.uses(lost.worker())) {
                recover("worker " + lost.address() + " lost");
            }
        });
        return this;
    }

    private void workerLeaving(ActorRef<WorkerProtocol.Command> worker) {
        workers.leaves(worker);
        if (attempt != null && attempt.uses(worker)) {
            // a drain, with a checkpoint at its end; the ranks go on elsewhere
            attempt.trainer().ifPresent(trainer -> trainer.tell(new TrainerProtocol.Interrupt()));
        } else {
            worker.tell(new WorkerProtocol.Release(newestEpoch));
        }
    }

    // ---- clients

    private void submitted(RunOrder wanted, ActorRef<ClientProtocol.Event> replyTo) {
        if (order != null && order.id().equals(wanted.id())) {
            boolean isNew = !replyTo.equals(client);
            client = replyTo;
            replyTo.tell(new ClientProtocol.Accepted(wanted.id()));
            if (isNew) {
                // what was told before there was anybody to hear it
                log.latest().forEach(event -> replyTo.tell(new ClientProtocol.Told(wanted.id(), event)));
            }
        } else if (lastEnd != null && lastEnded.equals(wanted.id())) {
            replyTo.tell(lastEnd);
        } else if (order != null) {
            replyTo.tell(new ClientProtocol.Failed(
                    wanted.id(),
                    "run " + order.id() + " is under way (expected: one run at a time); wait for its end, or interrupt"
                            + " it",
                    true));
        } else {
            order = wanted;
            client = replyTo;
            interrupted = false;
            replyTo.tell(new ClientProtocol.Accepted(wanted.id()));
            gather(SETTLE);
        }
    }

    private void interrupt(String runId) {
        if (order != null && order.id().equals(runId)) {
            interrupted = true;
            if (attempt != null) {
                attempt.trainer().ifPresent(trainer -> trainer.tell(new TrainerProtocol.Interrupt()));
            } else if (phase == Phase.GATHERING) {
                end(new ClientProtocol.Failed(runId, "interrupted before it was under way", false));
            }
        }
    }

    private ClientProtocol.Status status() {
        return new ClientProtocol.Status(
                Optional.ofNullable(order).map(RunOrder::id),
                phase.name().toLowerCase(Locale.ROOT),
                attempt == null ? 0 : attempt.runEpoch(),
                log.step(),
                log.samplesPerSecond(),
                workers.status(attempt));
    }

    private void tell(TrainingEvent event) {
        if (log.isNews(event, requireOrder()) && client != null) {
            client.tell(new ClientProtocol.Told(runId(), event));
        }
    }

    // ---- from one run epoch to the next

    private void gather(Duration settle) {
        phase = Phase.GATHERING;
        gatherings++;
        timers.startSingleTimer("settle", new Settled(), settle);
        timers.startSingleTimer("patience", new Impatient(), PATIENCE);
    }

    /** A run that begins waits for as many workers as were asked for; one that goes on takes those that are there. */
    private void gatherIfEnough() {
        RunOrder run = order;
        boolean settling = timers.isTimerActive("settle");
        int wanted = run == null || log.hasBegun() ? 1 : run.workers();
        if (phase == Phase.GATHERING
                && run != null
                && !settling
                && workers.usable().size() >= wanted) {
            read(run);
        }
    }

    private void impatient() {
        if (phase == Phase.GATHERING && order != null) {
            if (workers.usable().isEmpty()) {
                end(new ClientProtocol.Failed(
                        runId(),
                        "workers: none after " + PATIENCE.toSeconds()
                                + " s (expected: at least 1); start some: millrace node --join HOST:PORT",
                        false));
            } else {
                read(order);
            }
        }
    }

    private void read(RunOrder run) {
        phase = Phase.READING;
        timers.cancel("patience");
        long gathering = gatherings;
        long after = Math.max(newestEpoch, workers.newestEpoch());
        offThread(() -> reader.begin(run, after), begun -> new Read(gathering, begun));
    }

    private <T> void offThread(Supplier<T> work, Function<T, Command> then) {
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(getContext().getSystem(), work),
                        (value, cause) ->
                                cause == null ? then.apply(value) : new NotReadable(BlockingWork.cause(cause)));
    }

    private void place(long gathering, Attempt.Begin begin) {
        RunOrder run = order;
        Map<ActorRef<WorkerProtocol.Command>, Integer> capacities = workers.usable();
        if (run == null || phase != Phase.READING || gathering != gatherings) {
            return;
        }
        if (capacities.isEmpty()) {
            gather(SETTLE);
            return;
        }
        phase = Phase.PREPARING;
        begin.damaged().forEach(damage -> tell(new TrainingEvent.Noticed(damage + "; the one before it is used")));
        Attempt now = new Attempt(begin, capacities);
        attempt = now;
        newestEpoch = Math.max(newestEpoch, now.runEpoch());
        timers.startSingleTimer("prepared", new NotPrepared(now.runEpoch()), PATIENCE);
        Optional<String> checkpoint =
                begin.checkpoint().map(saved -> saved.path().toAbsolutePath().toString());
        now.placement()
                .forEach((worker, ranks) -> worker.tell(new WorkerProtocol.Prepare(
                        now.runEpoch(), run, ranks, checkpoint, getContext().getSelf())));
    }

    private void prepareFailed(PrepareFailed failed) {
        attempt(failed.runEpoch()).ifPresent(now -> {
            if (failed.badInput()) {
                fail(new IllegalArgumentException(failed.reason()));
            } else {
                recoverUnlessRepeated(failed.reason());
            }
        });
    }

    private void connect(Attempt now) {
        CompletableFuture<RunResult> result = new CompletableFuture<>();
        Trainer.Run run = new Trainer.Run(
                now.plan(),
                new Forwarder(event -> getContext().getSelf().tell(new Told(now.runEpoch(), event))),
                now.line(),
                Optional.of(reader.checkpointing(requireOrder(), now)));
        ActorRef<TrainerProtocol.Message> trainer =
                getContext().spawn(Trainer.waiting(run, stallCheck, result), "trainer-" + now.runEpoch());
        now.trainer(trainer);
        getContext()
                .pipeToSelf(
                        result,
                        (ended, cause) -> cause == null
                                ? new Through(now.runEpoch(), ended)
                                : new Broken(now.runEpoch(), BlockingWork.cause(cause)));
        now.users()
                .forEach(worker -> worker.tell(new WorkerProtocol.ConnectRanks(now.runEpoch(), now.places(), trainer)));
    }

    private void train(Attempt now) {
        phase = Phase.TRAINING;
        now.trainer().ifPresent(trainer -> trainer.tell(new TrainerProtocol.Begin()));
        tell(log.placed(now, workers.placement(now)));
        if (interrupted) {
            interrupt(runId());
        }
    }

    private void broken(Throwable cause) {
        if (cause instanceof Stalled) {
            recoverUnlessRepeated(String.valueOf(cause.getMessage()));
        } else {
            fail(cause);
        }
    }

    /** A failure that comes again at the same place is not one that another attempt would heal. */
    private void recoverUnlessRepeated(String reason) {
        sameFailures = reason.equals(lastFailure) ? sameFailures + 1 : 1;
        lastFailure = reason;
        if (sameFailures >= SAME_FAILURES) {
            fail(new IllegalStateException(reason));
        } else {
            recover(reason);
        }
    }

    private void recover(String reason) {
        tell(log.recovering(reason));
        stopAttempt();
        gather(SETTLE);
    }

    private void stopAttempt() {
        Attempt now = attempt;
        attempt = null;
        if (now != null) {
            now.trainer().ifPresent(trainer -> getContext().stop(trainer));
            now.users().forEach(worker -> worker.tell(new WorkerProtocol.Release(now.runEpoch())));
        }
    }

    // ---- the end

    private void through(RunResult result) {
        boolean moves = result.reason() == RunResult.Reason.INTERRUPTED
                && !interrupted
                && !workers.leaving().isEmpty();
        if (moves) {
            recover("worker leaving");
            workers.leaving().forEach(worker -> worker.tell(new WorkerProtocol.Release(newestEpoch)));
            return;
        }
        phase = Phase.ENDING;
        RunOrder run = requireOrder();
        Attempt now = attempt;
        if (now != null) {
            offThread(() -> reader.outcome(run, now.plan(), result), Digested::new);
        }
    }

    private void fail(Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        end(new ClientProtocol.Failed(runId(), reason, cause instanceof IllegalArgumentException));
    }

    private void end(ClientProtocol.Event end) {
        stopAttempt();
        lastEnd = end;
        lastEnded = runId();
        if (client != null) {
            client.tell(end);
        }
        workers.tellAll(new WorkerProtocol.RunOver(runId()));
        order = null;
        phase = Phase.IDLE;
        lastFailure = "";
        sameFailures = 0;
        log.clear();
        timers.cancel("settle");
        timers.cancel("patience");
        timers.cancel("prepared");
    }

    private Optional<Attempt> attempt(long runEpoch) {
        return Optional.ofNullable(attempt).filter(now -> now.runEpoch() == runEpoch);
    }

    private Optional<Attempt> current(long runEpoch, Phase wanted) {
        return attempt(runEpoch).filter(_ -> phase == wanted);
    }

    private String runId() {
        return order == null ? lastEnded : order.id();
    }

    private RunOrder requireOrder() {
        if (order == null) {
            throw new IllegalStateException("no run (expected: one that was submitted)");
        }
        return order;
    }
}
