package millrace.actors.trainer;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import millrace.actors.run.Course;
import millrace.actors.run.Course.Next;
import millrace.actors.run.RunPlan;
import millrace.actors.run.RunResult;
import millrace.actors.run.Snapshot;
import millrace.actors.run.TrainingListener;
import millrace.actors.stage.RankCore;
import millrace.actors.stage.Stage;
import millrace.actors.stage.StageCore;
import millrace.actors.stage.StageProtocol;
import millrace.actors.stage.StageProtocol.Drained;
import millrace.actors.stage.StageProtocol.Evaluated;
import millrace.actors.stage.StageProtocol.Position;
import millrace.actors.stage.StageProtocol.Reached;
import millrace.actors.stage.StageProtocol.Report;
import millrace.actors.stage.StageProtocol.SnapshotTaken;
import millrace.actors.stage.StageProtocol.StageSnapshot;
import millrace.actors.stage.StageProtocol.StepDone;
import millrace.actors.stage.StreamCore;
import millrace.actors.trace.PipelineFigures;
import millrace.nn.model.StageModel;

/**
 * The coordinating actor of a run in one JVM: makes the stages, follows the {@link Course}, grants steps, collects
 * losses, evaluations and snapshots, and ends the run; a stage that fails ends it with its cause. Its own work is a
 * few small messages a step; tensors never pass through it.
 */
public final class Trainer extends AbstractBehavior<Report> {
    /** Ends the run after the steps that are under way. */
    public record Interrupt() implements Report {}

    private record StallCheckDue() implements Report {}

    private static final long RUN_EPOCH = 1;

    private final CompletableFuture<RunResult> result;
    private final Course course;
    private final Grants grants;
    private final List<ActorRef<StageProtocol.Command>> stages = new ArrayList<>();
    private final List<StageModel> models = new ArrayList<>();
    private final Map<Integer, Long> reached = new HashMap<>();
    private final Map<Integer, List<StageSnapshot>> snapshots = new HashMap<>();
    private final NavigableMap<Integer, Drained> drained = new TreeMap<>();
    private final StallWatch stallWatch;
    private long evaluations;

    /**
     * The trainer of one run.
     *
     * @param stallCheck how often it looks whether the run waits for ever
     * @param result completed with the run's result, or exceptionally with its cause of failure
     */
    public static Behavior<Report> create(
            RunPlan plan, TrainingListener listener, Duration stallCheck, CompletableFuture<RunResult> result) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new Trainer(context, timers, plan, listener, stallCheck, result)));
    }

    private Trainer(
            ActorContext<Report> context,
            TimerScheduler<Report> timers,
            RunPlan plan,
            TrainingListener listener,
            Duration stallCheck,
            CompletableFuture<RunResult> result) {
        super(context);
        this.result = result;
        this.course = new Course(plan, listener, System::nanoTime);
        this.grants = new Grants(plan.start().step(), System.nanoTime());
        int ranks = plan.schedule().ranks();
        int window = ranks + 2;
        Semaphore computing = new Semaphore(Math.min(plan.computeThreads(), ranks), true);
        for (int rank = 0; rank < ranks; rank++) {
            RankCore core =
                    plan.stream().isPresent() ? new StreamCore(plan, rank, window) : new StageCore(plan, rank, window);
            models.addAll(core.models());
            Stage.Settings settings = new Stage.Settings(
                    rank,
                    RUN_EPOCH,
                    plan.schedule(),
                    plan.data().evaluated()::get,
                    window,
                    computing,
                    plan.link(),
                    plan.trace());
            ActorRef<StageProtocol.Command> stage = context.spawn(
                    Stage.create(settings, core),
                    "stage-" + rank,
                    DispatcherSelector.fromConfig("millrace.stage-dispatcher"));
            context.watch(stage);
            stages.add(stage);
        }
        stages.forEach(stage -> stage.tell(new StageProtocol.Connect(stages, context.getSelf())));
        this.stallWatch = new StallWatch(ranks);
        timers.startTimerWithFixedDelay(new StallCheckDue(), stallCheck);
        follow();
    }

    @Override
    public Receive<Report> createReceive() {
        return newReceiveBuilder()
                .onMessage(Report.class, this::onReport)
                .onSignal(ChildFailed.class, failed -> failed(failed.getCause()))
                .onSignal(
                        Terminated.class,
                        gone -> failed(new IllegalStateException(
                                gone.getRef().path().name() + " stopped (expected: it works until the run ends)")))
                .onSignal(PostStop.class, stop -> {
                    // children have ended by now: nobody computes in this memory any more
                    models.forEach(StageModel::close);
                    result.completeExceptionally(new IllegalStateException("the trainer was stopped before the end"));
                    return this;
                })
                .build();
    }

    private Behavior<Report> onReport(Report report) {
        try {
            return switch (report) {
                case StepDone(long _, double loss) -> onStepDone(loss);
                case Reached(int rank, long step) -> onReached(rank, step);
                case Evaluated(var evaluation) -> {
                    course.evaluated(evaluation);
                    yield follow();
                }
                case SnapshotTaken(int rank, List<StageSnapshot> parts) -> onSnapshot(rank, parts);
                case Drained figures -> {
                    drained.put(figures.rank(), figures);
                    yield drained.size() == stages.size() ? takeSnapshot() : this;
                }
                case Interrupt() -> onInterrupt();
                case StallCheckDue() -> onStallCheckDue();
                case Position position ->
                    stallWatch
                            .answered(position)
                            .map(complaint -> failed(new IllegalStateException(complaint)))
                            .orElse(this);
                default -> Behaviors.unhandled();
            };
        } catch (RuntimeException e) {
            return failed(e);
        }
    }

    private Behavior<Report> onStepDone(double loss) {
        grants.stepped(System.nanoTime());
        Next before = course.next();
        course.stepped(loss);
        // the last loss of an epoch comes before the other ranks have stepped: they report Reached
        return course.next().equals(before) ? grant() : awaitRanks();
    }

    private Behavior<Report> onReached(int rank, long step) {
        reached.put(rank, step);
        return awaitRanks();
    }

    private Behavior<Report> awaitRanks() {
        boolean all =
                stages.size() == reached.size() && reached.values().stream().allMatch(step -> step == course.step());
        return all ? follow() : this;
    }

    private Behavior<Report> onInterrupt() {
        Next before = course.next();
        course.interrupt(grants.granted());
        return before.equals(course.next()) || course.next() instanceof Next.Steps ? this : awaitRanks();
    }

    private Behavior<Report> onStallCheckDue() {
        if (stallWatch.begin()) {
            tellAll(new StageProtocol.AskPosition());
        }
        return this;
    }

    private Behavior<Report> onSnapshot(int rank, List<StageSnapshot> parts) {
        snapshots.put(rank, parts);
        if (snapshots.size() < stages.size()) {
            return this;
        }
        Snapshot snapshot = Snapshot.joined(snapshots.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt(StageSnapshot::stage))
                .map(StageSnapshot::snapshot)
                .toList());
        snapshots.clear();
        if (course.next() instanceof Next.Finish(RunResult.Reason reason)) {
            result.complete(course.result(reason, snapshot, figures()));
            return Behaviors.stopped();
        }
        course.saved(snapshot);
        return follow();
    }

    private PipelineFigures figures() {
        return new PipelineFigures(
                drained.values().stream().map(Drained::peakActivations).toList(),
                drained.values().stream().mapToLong(Drained::duplicates).sum(),
                drained.values().stream()
                        .flatMap(rank -> rank.staleness().stream())
                        .toList(),
                skippedSteps(),
                drained.values().stream().map(Drained::trace).toList());
    }

    private List<Long> skippedSteps() {
        NavigableMap<Integer, Long> byStage = new TreeMap<>();
        drained.values().forEach(rank -> byStage.putAll(rank.skippedSteps()));
        return List.copyOf(byStage.values());
    }

    /** Does what the course says next; every rank has finished what it was asked for. */
    private Behavior<Report> follow() {
        switch (course.next()) {
            case Next.Steps(long _) -> {
                return grant();
            }
            case Next.Evaluate(String set, var _) -> {
                evaluations++;
                tellAll(new StageProtocol.Evaluate(new StageProtocol.EvaluationId(evaluations, set)));
            }
            case Next.Save(boolean _) -> takeSnapshot();
            case Next.Finish(RunResult.Reason _) -> tellAll(new StageProtocol.Drain());
        }
        return this;
    }

    private Behavior<Report> grant() {
        if (course.next() instanceof Next.Steps(long target)) {
            long until = grants.next(course.step(), target);
            if (until >= 0) {
                tellAll(new StageProtocol.Advance(until));
            }
        }
        return this;
    }

    private Behavior<Report> takeSnapshot() {
        tellAll(new StageProtocol.TakeSnapshot());
        return this;
    }

    private void tellAll(StageProtocol.Command command) {
        stages.forEach(stage -> stage.tell(command));
    }

    private Behavior<Report> failed(Throwable cause) {
        result.completeExceptionally(cause);
        return Behaviors.stopped();
    }
}
