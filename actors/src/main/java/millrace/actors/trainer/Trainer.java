package millrace.actors.trainer;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import millrace.actors.checkpoint.Checkpointing;
import millrace.actors.checkpoint.SaveRetries;
import millrace.actors.checkpoint.Shards;
import millrace.actors.course.Course;
import millrace.actors.course.Course.Next;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingListener;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.StageSnapshot;
import millrace.actors.rank.StepWord;
import millrace.actors.rank.actor.BlockingWork;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.rank.actor.TrainerProtocol.AskLine;
import millrace.actors.rank.actor.TrainerProtocol.Begin;
import millrace.actors.rank.actor.TrainerProtocol.CommitFailed;
import millrace.actors.rank.actor.TrainerProtocol.Committed;
import millrace.actors.rank.actor.TrainerProtocol.CutFailed;
import millrace.actors.rank.actor.TrainerProtocol.Drained;
import millrace.actors.rank.actor.TrainerProtocol.Evaluated;
import millrace.actors.rank.actor.TrainerProtocol.GradientSquares;
import millrace.actors.rank.actor.TrainerProtocol.Interrupt;
import millrace.actors.rank.actor.TrainerProtocol.LineDue;
import millrace.actors.rank.actor.TrainerProtocol.Message;
import millrace.actors.rank.actor.TrainerProtocol.Position;
import millrace.actors.rank.actor.TrainerProtocol.Reached;
import millrace.actors.rank.actor.TrainerProtocol.Ready;
import millrace.actors.rank.actor.TrainerProtocol.SaveAgainDue;
import millrace.actors.rank.actor.TrainerProtocol.SaveSoon;
import millrace.actors.rank.actor.TrainerProtocol.ShardsWritten;
import millrace.actors.rank.actor.TrainerProtocol.SnapshotTaken;
import millrace.actors.rank.actor.TrainerProtocol.StallCheckDue;
import millrace.actors.rank.actor.TrainerProtocol.StepDone;
import millrace.actors.trace.FlightRecorders;
import millrace.nn.infer.Evaluation;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.stage.LossSum;
import org.jspecify.annotations.Nullable;

/**
 * The coordinating actor of a run: follows the {@link Course}, grants steps, collects losses and evaluations, sees to
 * snapshots or checkpoints, and ends the run; a rank that fails ends it with its cause. Its own work is a few small
 * messages a step; tensors never pass through it.
 */
public final class Trainer extends AbstractOnMessageBehavior<Message> {
    private static final Duration INQUIRY_PATIENCE = Duration.ofSeconds(1);

    private final TimerScheduler<Message> timers;
    private final TrainingListener listener;
    private final CompletableFuture<RunResult> result;
    private final Course course;
    private final Grants grants;
    private final Line line;
    private final List<ActorRef<RankProtocol.Command>> ranks;
    private final @Nullable Cuts cuts;
    private final Map<Integer, Long> reached = new HashMap<>();
    private final SnapshotParts snapshots;
    private final NavigableMap<Integer, Drained> drained = new TreeMap<>();
    private final StallWatch stallWatch;
    private final LineInquiry inquiry;
    private final ReplicaLosses losses;
    private final GradientNorms norms;
    private final boolean clipsAsAWhole;
    private final @Nullable ReadyRanks together;
    private double squares;
    private long evaluations;

    /**
     * What a trainer runs.
     *
     * @param line its ranks
     * @param checkpointing where its stages write their parts of checkpoints; empty where it is not saved
     */
    public record Run(RunPlan plan, TrainingListener listener, Line line, Optional<Checkpointing> checkpointing) {}

    /**
     * A run whose ranks are all in this JVM.
     *
     * @param recorders keep what they have just done
     */
    public static Run here(
            RunPlan plan, TrainingListener listener, Optional<Checkpointing> checkpointing, FlightRecorders recorders) {
        return new Run(plan, listener, new LocalLine(plan, Shards::write, recorders), checkpointing);
    }

    /** As {@link #create}, but only when it is told to {@link TrainerProtocol.Begin}: its line has to know whom to report to. */
    public static Behavior<Message> waiting(Run run, Duration stallCheck, CompletableFuture<RunResult> result) {
        return Behaviors.receive(Message.class)
                .onMessage(Begin.class, begin -> create(run, stallCheck, result))
                .build();
    }

    /**
     * The trainer of one run, wherever its ranks are.
     *
     * @param stallCheck how often it looks whether the run waits for ever
     * @param result completed with the run's result, or exceptionally with its cause of failure
     */
    public static Behavior<Message> create(Run run, Duration stallCheck, CompletableFuture<RunResult> result) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> made(context, timers, run, stallCheck, result)));
    }

    private static Trainer made(
            ActorContext<Message> context,
            TimerScheduler<Message> timers,
            Run run,
            Duration stallCheck,
            CompletableFuture<RunResult> result) {
        try {
            return new Trainer(context, timers, run, stallCheck, result);
        } catch (LinkageError | VirtualMachineError e) {
            // as RankActor has it: such as too little memory for the ranks that it makes
            throw new IllegalStateException("trainer: " + e, e);
        }
    }

    private Trainer(
            ActorContext<Message> context,
            TimerScheduler<Message> timers,
            Run run,
            Duration stallCheck,
            CompletableFuture<RunResult> result) {
        super(context);
        RunPlan plan = run.plan();
        this.timers = timers;
        this.listener = run.listener();
        this.result = result;
        this.line = run.line();
        this.course = Course.ofLine(
                plan, listener, System::nanoTime, run.checkpointing().isPresent());
        this.grants = new Grants(plan.start().step(), System.nanoTime());
        int count = plan.order().ranks();
        this.cuts = run.checkpointing()
                .map(how -> new Cuts(how.describing(plan), count, System.nanoTime()))
                .orElse(null);
        this.ranks = line.ranks(context);
        this.snapshots = new SnapshotParts(count);
        this.stallWatch = new StallWatch(count);
        this.inquiry = new LineInquiry(count);
        GradientGuard guard = plan.spec().policy().guard();
        this.losses = new ReplicaLosses(plan.order().placement().replicas().size());
        this.norms = new GradientNorms(guard, plan.order().stages());
        this.clipsAsAWhole = guard.isGlobal();
        this.together =
                plan.stepsTogether() ? new ReadyRanks(count, plan.start().step()) : null;
        timers.startTimerWithFixedDelay(new StallCheckDue(), stallCheck);
        follow();
    }

    @Override
    public Behavior<Message> onSignal(Signal signal) {
        return switch (signal) {
            case ChildFailed failed -> failed(failed.getCause());
            case Terminated gone ->
                failed(new IllegalStateException(
                        gone.getRef().path().name() + " stopped (expected: it works until the run ends)"));
            case PostStop _ -> {
                // children have ended by now: nobody computes in this memory any more
                line.close();
                result.completeExceptionally(new IllegalStateException("the trainer was stopped before the end"));
                yield this;
            }
            default -> this;
        };
    }

    @Override
    public Behavior<Message> onMessage(Message message) {
        try {
            return switch (message) {
                case StepDone(long step, int replica, LossSum loss) -> {
                    losses.add(step, replica, loss).ifPresent(ofBatch -> norms.lost(step, ofBatch));
                    yield stepsKnown();
                }
                case GradientSquares(int _, long step, var ofStages) -> onGradientSquares(step, ofStages);
                case Ready ready -> onReady(ready);
                case Reached(int rank, long step) -> {
                    reached.put(rank, step);
                    yield awaitRanks();
                }
                case Evaluated(var evaluation) -> onEvaluated(evaluation);
                case SnapshotTaken(int rank, List<StageSnapshot> parts) -> onSnapshot(rank, parts);
                case Drained figures -> {
                    drained.put(figures.rank(), figures);
                    yield drained.size() == ranks.size() ? save() : this;
                }
                case ShardsWritten(int rank, long step, var files) -> {
                    cuts().written(rank, step, files);
                    yield commit();
                }
                case CutFailed(int rank, long step, String reason) -> {
                    cuts().notWritten(rank, step, reason);
                    yield commit();
                }
                case Committed() -> {
                    cuts().committed(System.nanoTime()).ifPresent(listener::onEvent);
                    yield saveIfAwaited();
                }
                // the disk's failures pass; that another trainer has taken over does not
                case CommitFailed(Throwable cause) ->
                    cause instanceof IllegalArgumentException
                            ? onNotSaved(String.valueOf(cause.getMessage()))
                            : failed(cause);
                case SaveAgainDue() -> {
                    cuts().waited();
                    yield saveIfAwaited();
                }
                case Interrupt() -> onInterrupt();
                case SaveSoon() -> {
                    if (cuts != null) {
                        cuts.ask();
                    }
                    yield this;
                }
                case StallCheckDue() -> onStallCheckDue();
                case AskLine(var replyTo) -> {
                    if (inquiry.ask(replyTo)) {
                        tellAll(new RankProtocol.AskPosition(LineInquiry.ROUND));
                        timers.startSingleTimer(new LineDue(), INQUIRY_PATIENCE);
                    }
                    yield this;
                }
                case LineDue() -> {
                    inquiry.tell();
                    yield this;
                }
                case Position position -> {
                    inquiry.heard(position);
                    yield stallWatch
                            .answered(position)
                            .filter(_ -> !waitsForDisk())
                            .map(complaint -> failed(new Stalled(complaint)))
                            .orElse(this);
                }
                // it has begun when it is made
                case Begin() -> this;
            };
        } catch (RuntimeException e) {
            return failed(e);
        } catch (LinkageError | VirtualMachineError e) {
            return failed(new IllegalStateException("trainer: " + e, e));
        }
    }

    private Behavior<Message> onGradientSquares(long step, NavigableMap<Integer, List<Double>> ofStages) {
        Optional<Double> whole = norms.add(step, ofStages);
        if (together != null) {
            // a rank measures before it is ready: the word for the step comes later
            squares = whole.filter(_ -> clipsAsAWhole).orElse(squares);
            return this;
        }
        if (whole.isPresent() && clipsAsAWhole) {
            tellAll(new RankProtocol.GradientNorm(step, whole.get()));
        }
        return stepsKnown();
    }

    /** Ranks that step together report their losses before the step: what the course makes of them goes with the word. */
    private Behavior<Message> onReady(Ready ready) {
        ready.replica()
                .ifPresent(replica -> losses.add(ready.step(), replica, ready.loss())
                        .ifPresent(ofBatch -> norms.lost(ready.step(), ofBatch)));
        boolean all = together != null && together.add(ready.rank(), ready.step());
        return all ? stepsKnown() : this;
    }

    /** Goes on with the batches whose loss, and where it is asked for the norms, have come. */
    private Behavior<Message> stepsKnown() {
        Behavior<Message> next = this;
        for (Optional<GradientNorms.Step> step = norms.next(); step.isPresent(); step = norms.next()) {
            next = onStepDone(step.get());
        }
        return next;
    }

    private Behavior<Message> onStepDone(GradientNorms.Step step) {
        long now = System.nanoTime();
        grants.stepped(now);
        if (cuts != null) {
            cuts.stepped(now);
        }
        Next before = course.next();
        course.stepped(step.loss(), step.norms());
        if (together != null) {
            tellAll(new RankProtocol.StepNow(new StepWord(course.step(), squares, course.made())));
            squares = 0;
        }
        stateKnown();
        // the last loss of an epoch comes before the other ranks have stepped: they report Reached
        return course.next().equals(before) ? grant() : awaitRanks();
    }

    private Behavior<Message> onEvaluated(Evaluation evaluation) {
        boolean passing = course.isPassing();
        course.evaluated(evaluation);
        if (!passing) {
            return follow();
        }
        stateKnown();
        return course.next() instanceof Next.Steps ? grant() : awaitRanks();
    }

    /** The checkpoint that is being made may have waited for it. */
    private void stateKnown() {
        if (cuts != null) {
            course.atMark().ifPresent(cuts::reached);
            course.here().ifPresent(cuts::reached);
            commit();
        }
    }

    private Behavior<Message> awaitRanks() {
        boolean all =
                ranks.size() == reached.size() && reached.values().stream().allMatch(step -> step == course.step());
        return all ? follow() : this;
    }

    private Behavior<Message> onInterrupt() {
        Next before = course.next();
        course.interrupt(grants.granted());
        return before.equals(course.next()) || course.next() instanceof Next.Steps ? this : awaitRanks();
    }

    private Behavior<Message> onStallCheckDue() {
        inquiry.mark();
        if (waitsForDisk()) {
            // whatever the ranks wait for, it may come of this
            stallWatch.forget();
        } else {
            stallWatch.begin().ifPresent(round -> tellAll(new RankProtocol.AskPosition(round)));
        }
        return this;
    }

    private boolean waitsForDisk() {
        return cuts != null && cuts.waitsForDisk();
    }

    private Behavior<Message> onSnapshot(int rank, List<StageSnapshot> parts) {
        Optional<Snapshot> snapshot = snapshots.add(rank, parts);
        if (snapshot.isEmpty()) {
            return this;
        }
        if (course.next() instanceof Next.Finish(RunResult.Reason reason)) {
            return finished(reason, snapshot.get());
        }
        course.saved(snapshot.get());
        return follow();
    }

    private Behavior<Message> finished(RunResult.Reason reason, Snapshot finalState) {
        result.complete(course.result(reason, finalState, LineFigures.of(drained.values(), course.trainedSeconds())));
        return Behaviors.stopped();
    }

    /** Sees to it that the state at this step, where the line stands, is safe, and goes on when it is. */
    private Behavior<Message> save() {
        if (cuts != null && !isSafe(cuts)) {
            return this;
        }
        boolean ends = course.next() instanceof Next.Finish;
        if (line.isHere() && (ends || course.wantsSnapshot())) {
            tellAll(new RankProtocol.TakeSnapshot(course.wantsGradients()));
            return this;
        }
        if (course.next() instanceof Next.Finish(RunResult.Reason reason)) {
            return finished(reason, new Snapshot(course.step(), List.of(), List.of()));
        }
        course.saved();
        return follow();
    }

    /** Whether the checkpoint of this step is on the disk; begins it if nobody has. */
    private boolean isSafe(Cuts checkpoints) {
        boolean best = course.next() instanceof Next.Save(boolean improved) && improved;
        boolean safe = checkpoints.isReady() && checkpoints.isSaved(course.step(), best);
        if (checkpoints.isReady() && !safe) {
            cut(course.step());
            checkpoints.disturbed();
        }
        return safe;
    }

    private void cut(long step) {
        tellAll(cuts().begin(step, System.nanoTime()));
        course.here().ifPresent(cuts()::reached);
    }

    private Behavior<Message> commit() {
        Optional<String> failure = cuts().failure();
        if (failure.isPresent()) {
            return onNotSaved(failure.get());
        }
        cuts().complete()
                .ifPresent(commit -> getContext()
                        .pipeToSelf(
                                BlockingWork.run(getContext().getSystem(), commit), (_, cause) -> commitEnded(cause)));
        return this;
    }

    private static Message commitEnded(@Nullable Throwable cause) {
        return cause == null ? new Committed() : new CommitFailed(BlockingWork.cause(cause));
    }

    /** Goes on without the checkpoint, and tries another in a while; at the end of an epoch the line waits for it. */
    private Behavior<Message> onNotSaved(String reason) {
        Cuts.Failed failed = cuts().failed(reason);
        if (failed.again().isEmpty()) {
            return failed(SaveRetries.givenUp(reason));
        }
        failed.notice().ifPresent(listener::onEvent);
        CompletableFuture<Done> _ = BlockingWork.run(getContext().getSystem(), failed.discard());
        timers.startSingleTimer(new SaveAgainDue(), failed.again().get());
        return this;
    }

    /** The course may have come to where it needs a checkpoint meanwhile, or the line to where it is to be told of one. */
    private Behavior<Message> saveIfAwaited() {
        boolean awaited = course.next() instanceof Next.Save || drained.size() == ranks.size();
        return awaited ? save() : grant();
    }

    private Cuts cuts() {
        return Objects.requireNonNull(cuts, "a stage's files (expected: snapshots, the run has no checkpoint folder)");
    }

    /** Does what the course says next; every rank has finished what it was asked for. */
    private Behavior<Message> follow() {
        switch (course.next()) {
            case Next.Steps(long _) -> {
                return grant();
            }
            case Next.Evaluate(String set, var _) -> evaluate(set, course.step());
            case Next.Save(boolean _) -> {
                return save();
            }
            case Next.Finish(RunResult.Reason _) -> tellAll(new RankProtocol.Drain());
        }
        return this;
    }

    private Behavior<Message> grant() {
        if (course.next() instanceof Next.Steps) {
            // nothing beyond has been granted yet, so every rank is told in time
            if (course.mayPass() && grants.granted() == course.limit()) {
                pass();
            } else if (cuts != null && !course.isPassing() && cuts.due(System.nanoTime())) {
                cut(grants.granted());
            }
            long until = grants.next(course.step(), course.limit());
            if (until >= 0) {
                tellAll(new RankProtocol.Advance(until, course.rateScale()));
            }
        }
        return this;
    }

    /** Lets the line train on where it is evaluated and saved; only one checkpoint is made at a time. */
    private void pass() {
        if (cuts == null || cuts.isReady()) {
            Course.Pass pass = course.pass();
            if (pass.saves()) {
                tellAll(cuts().begin(pass.step(), System.nanoTime()));
            }
            pass.sets().forEach(set -> evaluate(set, pass.step()));
            // the line may have waited there
            stateKnown();
        }
    }

    private void evaluate(String set, long step) {
        evaluations++;
        if (cuts != null) {
            cuts.disturbed();
        }
        tellAll(new RankProtocol.Evaluate(new EvaluationId(evaluations, set, step)));
    }

    private void tellAll(RankProtocol.Command command) {
        ranks.forEach(rank -> rank.tell(command));
    }

    private Behavior<Message> failed(Throwable cause) {
        result.completeExceptionally(cause);
        return Behaviors.stopped();
    }
}
