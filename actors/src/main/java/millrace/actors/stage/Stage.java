package millrace.actors.stage;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import millrace.actors.blocking.BlockingWork;
import millrace.actors.link.LinkDelay;
import millrace.actors.link.LinkMessage;
import millrace.actors.link.LinkSpec;
import millrace.actors.manifest.Manifest.FileEntry;
import millrace.actors.run.RunPlan;
import millrace.actors.stage.StageProtocol.Activation;
import millrace.actors.stage.StageProtocol.Advance;
import millrace.actors.stage.StageProtocol.AskPosition;
import millrace.actors.stage.StageProtocol.ChunkDone;
import millrace.actors.stage.StageProtocol.Command;
import millrace.actors.stage.StageProtocol.Connect;
import millrace.actors.stage.StageProtocol.Cut;
import millrace.actors.stage.StageProtocol.CutFailed;
import millrace.actors.stage.StageProtocol.Drain;
import millrace.actors.stage.StageProtocol.Drained;
import millrace.actors.stage.StageProtocol.ErrorDelta;
import millrace.actors.stage.StageProtocol.Evaluate;
import millrace.actors.stage.StageProtocol.Evaluated;
import millrace.actors.stage.StageProtocol.EvaluationActivation;
import millrace.actors.stage.StageProtocol.EvaluationId;
import millrace.actors.stage.StageProtocol.GradientNorm;
import millrace.actors.stage.StageProtocol.GradientSquares;
import millrace.actors.stage.StageProtocol.Position;
import millrace.actors.stage.StageProtocol.Reached;
import millrace.actors.stage.StageProtocol.ReplicaGradient;
import millrace.actors.stage.StageProtocol.Report;
import millrace.actors.stage.StageProtocol.ShardsWritten;
import millrace.actors.stage.StageProtocol.SnapshotTaken;
import millrace.actors.stage.StageProtocol.StepDone;
import millrace.actors.stage.StageProtocol.TakeSnapshot;
import millrace.actors.stage.StageProtocol.TiedGradient;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.nn.data.Dataset;
import millrace.nn.model.LossSum;
import millrace.schedule.Action;
import millrace.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * The actor around a {@link RankCore}: messages become calls on the core, effects become messages. It holds the stage
 * of its rank, or with interleaved placements all of them. It runs on a thread of its own; kernels run inside its turn,
 * one at a time, so that nothing else touches the weights.
 */
public final class Stage extends AbstractOnMessageBehavior<Command> {
    private static final Duration DRAIN_AGAIN = Duration.ofMillis(20);
    private static final int MOST_DRAINS = 500;

    private final Settings settings;
    private final RankCore core;
    private final LinkDelay delays;
    private final RankTrace trace;
    // messages that an emulated link has taken and not delivered yet
    private final AtomicInteger underWay = new AtomicInteger();

    private List<ActorRef<Command>> ranks = List.of();
    private @Nullable ActorRef<Report> observer;
    private @Nullable EvaluationPass evaluation;
    private @Nullable Cut cut;
    private long made;
    private long handled;
    private long duplicates;
    private int drains;

    /**
     * What a stage actor is made with.
     *
     * @param data evaluated sets by name
     * @param evaluationWindow chunks of an evaluation in flight
     * @param computing permits for computing at the same time, shared by the stages of a JVM
     * @param link what messages to other ranks suffer
     * @param trace steps that are recorded
     * @param shards writes the stages' parts of checkpoints
     * @param overNetwork whether a network may hold tensors that their receivers have used
     */
    public record Settings(
            int rank,
            long runEpoch,
            Schedule schedule,
            Function<String, Dataset> data,
            int evaluationWindow,
            Semaphore computing,
            LinkSpec link,
            TraceWindow trace,
            ShardWriter shards,
            boolean overNetwork) {
        /** For a rank of a plan. */
        public static Settings of(
                RunPlan plan, int rank, long runEpoch, Semaphore computing, LinkSpec link, ShardWriter shards) {
            return new Settings(
                    rank,
                    runEpoch,
                    plan.schedule(),
                    plan.data().evaluated()::get,
                    RankCore.evaluationWindow(plan),
                    computing,
                    link,
                    plan.trace(),
                    shards,
                    plan.unacknowledged() > 0);
        }
    }

    /**
     * A stage actor.
     *
     * @param core made by the caller, who also closes its models after the actor has ended
     */
    public static Behavior<Command> create(Settings settings, RankCore core) {
        return Behaviors.setup(context -> new Stage(context, settings, core));
    }

    private Stage(ActorContext<Command> context, Settings settings, RankCore core) {
        super(context);
        this.settings = settings;
        this.core = core;
        this.delays = new LinkDelay(settings.link());
        this.trace = new RankTrace(settings.trace());
        this.made = core.granted();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        handled += command instanceof AskPosition ? 0 : 1;
        switch (command) {
            case Connect(List<ActorRef<Command>> all, ActorRef<Report> reports) -> {
                ranks = all;
                observer = reports;
            }
            case Advance(long until, double rateScale) -> {
                core.advance(until, rateScale);
                train();
            }
            case GradientNorm(long step, double squares) -> {
                core.gradientNorm(step, squares);
                train();
            }
            case Activation m
            when current(m) -> {
                boolean needed = core.activationArrived(m.stage(), m.step(), m.microBatch(), m.tensor());
                received(needed, m.step(), Action.forward(m.stage(), m.microBatch()));
                train();
            }
            case ErrorDelta m
            when current(m) -> {
                boolean needed = core.deltaArrived(m.stage(), m.step(), m.microBatch(), m.tensor());
                received(needed, m.step(), Action.backwardInput(m.stage(), m.microBatch()));
                train();
            }
            case TiedGradient m
            when current(m) -> {
                duplicates += core.gradientShareArrived(m.stage(), m.step(), m.tensor()) ? 0 : 1;
                train();
            }
            case ReplicaGradient m
            when current(m) -> {
                duplicates += core.replicaShareArrived(m.stage(), m.replica(), m.step(), m.tensor()) ? 0 : 1;
                train();
            }
            case Evaluate(EvaluationId id) -> feed(evaluation(id));
            case EvaluationActivation m when current(m) -> evaluate(m);
            case ChunkDone(EvaluationId id, int through) -> credited(id, through);
            case AskPosition(long round) ->
                report(new Position(round, settings.rank(), handled, underWay.get() > 0, waitsFor()));
            case Cut asked -> {
                cut = asked;
                core.cutAt(asked.step());
                writeIfDue();
            }
            case TakeSnapshot(boolean gradients) -> report(new SnapshotTaken(settings.rank(), snapshots(gradients)));
            case Drain() -> drain();
            case StageProtocol.Packet outdated -> outdated.tensor().release();
        }
        return this;
    }

    private List<StageProtocol.StageSnapshot> snapshots(boolean gradients) {
        List<StageProtocol.StageSnapshot> parts = core.snapshots(Arena.ofAuto());
        return gradients
                ? parts.stream()
                        .map(part -> part.with(core.model(part.stage()).gradients()))
                        .toList()
                : parts;
    }

    /** What a network still holds comes back with its acknowledgement, which may be a moment later. */
    private void drain() {
        try {
            core.checkDrained();
        } catch (IllegalStateException e) {
            drains++;
            if (!settings.overNetwork() || drains > MOST_DRAINS) {
                throw e;
            }
            getContext().scheduleOnce(DRAIN_AGAIN, getContext().getSelf(), new Drain());
            return;
        }
        report(new Drained(
                settings.rank(),
                core.peakActivations(),
                core.peakBytes(),
                duplicates,
                core.staleness(),
                core.skippedSteps(),
                trace));
    }

    private boolean current(StageProtocol.Packet packet) {
        return packet.runEpoch() == settings.runEpoch();
    }

    private void received(boolean needed, long step, Action releases) {
        if (needed) {
            trace.received(step, releases, System.nanoTime());
        } else {
            duplicates++;
        }
    }

    /** Works as long as inputs are here; each result is sent as soon as it is there. */
    private void train() {
        Optional<StageCore.Effect> effect = computed(this::work);
        while (effect.isPresent()) {
            switch (effect.get()) {
                case StageCore.Effect.Activate(int stage, long step, int microBatch, var tensor) ->
                    send(
                            step,
                            Action.forward(stage, microBatch),
                            new Activation(settings.runEpoch(), stage, step, microBatch, tensor));
                case StageCore.Effect.PassBack(int stage, long step, int microBatch, var tensor) ->
                    send(
                            step,
                            Action.backwardInput(stage, microBatch),
                            new ErrorDelta(settings.runEpoch(), stage, step, microBatch, tensor));
                case StageCore.Effect.Measured(long step, var squares) ->
                    report(new GradientSquares(settings.rank(), step, squares));
                case StageCore.Effect.ShareGradient(int to, int stage, long step, var tensor) ->
                    deliver(
                            to,
                            step,
                            new Action(stage, Action.Kind.W, 0),
                            new TiedGradient(settings.runEpoch(), stage, step, tensor));
                case StageCore.Effect.ShareReplica(int to, int stage, int replica, long step, var tensor) ->
                    deliver(
                            to,
                            step,
                            new Action(stage, Action.Kind.W, replica),
                            new ReplicaGradient(settings.runEpoch(), stage, replica, step, tensor));
                case StageCore.Effect.Stepped(long step, LossSum loss) -> stepped(step, loss);
                case StageCore.Effect.GradientSummed() -> {}
                case StageCore.Effect.Nothing() -> {}
            }
            effect = computed(this::work);
        }
    }

    private Optional<StageCore.Effect> work() {
        long start = System.nanoTime();
        Optional<StageCore.Effect> effect = core.work();
        if (effect.isPresent() && isTraced(effect.get())) {
            trace.worked(core.lastStep(), core.lastAction(), core.lastWeights(), start, System.nanoTime());
        }
        return effect;
    }

    /** What comes between the last backward and the step is neither. */
    private static boolean isTraced(StageCore.Effect effect) {
        return switch (effect) {
            case StageCore.Effect.Measured _,
                    StageCore.Effect.ShareGradient _,
                    StageCore.Effect.ShareReplica _,
                    StageCore.Effect.GradientSummed _ -> false;
            case StageCore.Effect.Activate _,
                    StageCore.Effect.PassBack _,
                    StageCore.Effect.Stepped _,
                    StageCore.Effect.Nothing _ -> true;
        };
    }

    private void send(long step, Action releases, StageProtocol.Packet packet) {
        trace.sent(step, releases, System.nanoTime());
        deliver(settings.schedule().rankOf(releases.stage(), releases.microBatch()), step, releases, packet);
    }

    private void deliver(int to, long step, Action releases, StageProtocol.Packet packet) {
        ActorRef<Command> receiver = ranks.get(to);
        if (settings.link().isDirect()) {
            receiver.tell(packet);
            return;
        }
        LinkMessage message = new LinkMessage(packet instanceof EvaluationActivation, step, releases);
        long bytes = packet.tensor().memory().byteSize();
        List<Duration> copies = delays.of(to, message, bytes, System.nanoTime());
        // what comes twice travels as a network's bytes do: with a buffer of ours, one could be missing at the drain
        StageProtocol.Packet sent = copies.size() > 1 ? packet.copy() : packet;
        if (copies.size() != 1) {
            packet.tensor().release();
        }
        underWay.addAndGet(copies.size());
        for (Duration delay : copies) {
            if (delay.isZero()) {
                arrive(receiver, sent);
            } else {
                // on a thread of the system's: the stage's own would deliver only when it has nothing to compute
                ActorSystem<Void> system = getContext().getSystem();
                system.scheduler().scheduleOnce(delay, () -> arrive(receiver, sent), system.executionContext());
            }
        }
    }

    private void arrive(ActorRef<Command> receiver, StageProtocol.Packet packet) {
        receiver.tell(packet);
        underWay.decrementAndGet();
    }

    /** Copies are made in the stage's turn, at the cut; writing them goes on beside the training. */
    private void writeIfDue() {
        Cut due = cut;
        if (due == null || made < due.step()) {
            return;
        }
        if (made > due.step()) {
            throw new IllegalStateException("cut after batch " + due.step() + ", but " + made
                    + " are done (expected: told before they were granted)");
        }
        cut = null;
        // one cut after the other: what is written is freed at once, and not when the heap happens to be collected
        Arena copies = Arena.ofShared();
        List<StageProtocol.StageSnapshot> parts = core.snapshots(copies);
        int stages = settings.schedule().stages();
        CompletableFuture<Void> _ = BlockingWork.begin(
                        getContext().getSystem(), () -> written(due, parts, stages, copies))
                .thenAccept(this::report);
    }

    private Report written(Cut due, List<StageProtocol.StageSnapshot> parts, int stages, Arena copies) {
        List<FileEntry> files = new ArrayList<>();
        try (copies) {
            for (StageProtocol.StageSnapshot part : parts) {
                files.addAll(settings.shards().write(Path.of(due.folder()), part.stage(), stages, part.snapshot()));
            }
            return new ShardsWritten(settings.rank(), due.step(), files);
        } catch (RuntimeException e) {
            return new CutFailed(settings.rank(), due.step(), String.valueOf(e.getMessage()));
        }
    }

    private void stepped(long step, LossSum loss) {
        made = step;
        writeIfDue();
        int last = settings.schedule().stages() - 1;
        if (core.holds(last)) {
            report(new StepDone(step, settings.schedule().replicaOn(settings.rank(), last), loss));
        }
        if (step == core.granted()) {
            report(new Reached(settings.rank(), step));
        }
    }

    /** An evaluation that is over, or a chunk that was here, needs it no more. */
    private void evaluate(EvaluationActivation m) {
        boolean over = evaluation != null && m.id().number() < evaluation.id().number();
        if (!over && evaluation(m.id()).arrived(m.stage(), m.chunk())) {
            EvaluationPass pass = evaluation(m.id());
            inform(pass, computed(() -> pass.forward(m.stage(), m.chunk(), m.tensor())));
        } else {
            duplicates++;
            m.tensor().release();
        }
    }

    private String waitsFor() {
        return Optional.ofNullable(evaluation).flatMap(EvaluationPass::waitsFor).orElseGet(core::waitsFor);
    }

    /** The pass of that evaluation, begun by whichever message comes first. */
    private EvaluationPass evaluation(EvaluationId id) {
        EvaluationPass pass = evaluation;
        if (pass == null || !pass.id().equals(id)) {
            List<Integer> stages = settings.schedule().placement().get(settings.rank()).stream()
                    .filter(stage -> settings.schedule().replicaOn(settings.rank(), stage) == 0)
                    .toList();
            pass = new EvaluationPass(core, stages, id, settings.data().apply(id.set()), settings.evaluationWindow());
            evaluation = pass;
        }
        return pass;
    }

    /** A credit may come after its evaluation is over: then it counts for nothing. */
    private void credited(EvaluationId id, int through) {
        EvaluationPass pass = evaluation;
        if (pass != null && pass.id().equals(id)) {
            pass.credit(through);
            feed(pass);
        }
    }

    private void feed(EvaluationPass pass) {
        Optional<EvaluationPass.Effect> chunk = computed(pass::source);
        while (chunk.isPresent()) {
            inform(pass, chunk.get());
            chunk = computed(pass::source);
        }
    }

    private void inform(EvaluationPass pass, EvaluationPass.Effect effect) {
        switch (effect) {
            case EvaluationPass.Effect.Activate(int stage, int chunk, var tensor) ->
                deliver(
                        settings.schedule().rankOf(stage),
                        pass.id().number(),
                        Action.forward(stage, chunk),
                        new EvaluationActivation(settings.runEpoch(), stage, pass.id(), chunk, tensor));
            case EvaluationPass.Effect.ChunksDone(int through) -> {
                ranks.get(settings.schedule().rankOf(0)).tell(new ChunkDone(pass.id(), through));
                pass.result().ifPresent(result -> report(new Evaluated(result)));
            }
        }
    }

    /** Computes under a permit; a failure says where it happened. */
    private <T> T computed(Supplier<T> work) {
        settings.computing().acquireUninterruptibly();
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw new StageFailure(core.position(), e);
        } finally {
            settings.computing().release();
        }
    }

    private void report(Report report) {
        if (observer != null) {
            observer.tell(report);
        }
    }
}
