package millrace.actors.rank.actor;

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
import java.util.concurrent.locks.LockSupport;
import millrace.actors.checkpoint.ShardWriter;
import millrace.actors.link.LinkDelay;
import millrace.actors.link.LinkMessage;
import millrace.actors.link.LinkSpec;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.ChunkDone;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.Packet;
import millrace.actors.rank.RankCore;
import millrace.actors.rank.StageSnapshot;
import millrace.actors.rank.Task;
import millrace.actors.rank.Work;
import millrace.actors.rank.Work.Outcome;
import millrace.actors.rank.Work.Send;
import millrace.actors.rank.actor.RankProtocol.Advance;
import millrace.actors.rank.actor.RankProtocol.AskPosition;
import millrace.actors.rank.actor.RankProtocol.Command;
import millrace.actors.rank.actor.RankProtocol.Connect;
import millrace.actors.rank.actor.RankProtocol.Cut;
import millrace.actors.rank.actor.RankProtocol.Drain;
import millrace.actors.rank.actor.RankProtocol.Evaluate;
import millrace.actors.rank.actor.RankProtocol.FromRank;
import millrace.actors.rank.actor.RankProtocol.GoOn;
import millrace.actors.rank.actor.RankProtocol.GradientNorm;
import millrace.actors.rank.actor.RankProtocol.StepNow;
import millrace.actors.rank.actor.RankProtocol.TakeSnapshot;
import millrace.actors.trace.FlightRecorder;
import millrace.actors.trace.RankTimes.Part;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import org.jspecify.annotations.Nullable;

/**
 * The actor around a {@link RankCore}: messages become calls on the core, its work becomes messages. It holds the stage
 * of its rank, or with interleaved placements all of them. It runs on a thread of its own; kernels run inside its turn,
 * one at a time, so that nothing else touches the weights.
 */
public final class RankActor extends AbstractOnMessageBehavior<Command> {
    private static final Duration DRAIN_AGAIN = Duration.ofMillis(20);
    private static final int MOST_DRAINS = 500;

    private final Settings settings;
    private final RankCore core;
    private final LinkDelay delays;
    private final RankTrace trace;
    private final long madeBefore;
    // messages that an emulated link has taken and not delivered yet, and a part of a checkpoint that is being written
    private final AtomicInteger underWay = new AtomicInteger();

    private List<ActorRef<Command>> ranks = List.of();
    private @Nullable ActorRef<TrainerProtocol.Message> trainer;
    private @Nullable Cut cut;
    private long made;
    private long handled;
    private long busyNanos;
    private long idleSince = System.nanoTime();
    private int drains;
    private boolean goesOn;

    /**
     * What the actor of a rank is made with.
     *
     * @param stages of the line
     * @param computing permits for computing at the same time, shared by the ranks of a JVM
     * @param link what messages to other ranks suffer
     * @param trace steps that are recorded
     * @param shards writes the stages' parts of checkpoints
     * @param overNetwork whether a network may hold tensors that their receivers have used
     * @param recorder keeps what the rank has just done, for whoever watches it
     */
    public record Settings(
            int rank,
            int stages,
            Semaphore computing,
            LinkSpec link,
            TraceWindow trace,
            ShardWriter shards,
            boolean overNetwork,
            FlightRecorder recorder) {
        /** For a rank of a plan. */
        public static Settings of(
                RunPlan plan,
                int rank,
                Semaphore computing,
                LinkSpec link,
                ShardWriter shards,
                FlightRecorder recorder) {
            return new Settings(
                    rank,
                    plan.order().stages(),
                    computing,
                    link,
                    plan.trace(),
                    shards,
                    plan.unacknowledged() > 0,
                    recorder);
        }
    }

    /**
     * The actor of a rank.
     *
     * @param core made by the caller, who also closes it after the actor has ended
     */
    public static Behavior<Command> create(Settings settings, RankCore core) {
        return Behaviors.setup(context -> new RankActor(context, settings, core));
    }

    private RankActor(ActorContext<Command> context, Settings settings, RankCore core) {
        super(context);
        this.settings = settings;
        this.core = core;
        this.delays = new LinkDelay(settings.link());
        this.trace = new RankTrace(settings.trace(), settings.recorder(), core::heldBytes);
        this.made = core.granted();
        core.sendAtOnce(this::send);
        this.madeBefore = made;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        handled += command instanceof AskPosition ? 0 : 1;
        switch (command) {
            case Connect(List<ActorRef<Command>> all, var reportTo) -> {
                ranks = all;
                trainer = reportTo;
            }
            case FromRank(LineMessage message) -> {
                arrived(message);
                work();
            }
            case Advance(long until, double rateScale) -> {
                core.advance(until, rateScale);
                work();
            }
            case GradientNorm(long step, double squares) -> {
                core.gradientNorm(step, squares);
                work();
            }
            case StepNow(var word) -> {
                core.stepNow(word);
                work();
            }
            case Evaluate(var id) -> {
                core.evaluate(id);
                work();
            }
            case GoOn() -> {
                goesOn = false;
                work();
            }
            case AskPosition(long round) ->
                report(new TrainerProtocol.Position(
                        round,
                        settings.rank(),
                        handled,
                        underWay.get() > 0,
                        core.waitsFor(),
                        new TrainerProtocol.Pace(System.nanoTime() - idleSince, busyNanos, made - madeBefore)));
            case Cut asked -> {
                cut = asked;
                core.cutAt(asked.step());
                writeIfDue();
            }
            case TakeSnapshot(boolean gradients) ->
                report(new TrainerProtocol.SnapshotTaken(
                        settings.rank(),
                        gradients ? core.snapshotsWithGradients(Arena.ofAuto()) : core.snapshots(Arena.ofAuto())));
            case Drain() -> drain();
        }
        return this;
    }

    private void arrived(LineMessage message) {
        long start = trace.clock();
        boolean needed = core.arrived(message);
        if (needed && message instanceof Packet packet) {
            packet.releases().ifPresent(action -> trace.received(packet.key().number(), action));
        }
        trace.exchanged(start, trace.clock());
    }

    /** Works as long as inputs are here; each result is sent as soon as it is there. */
    private void work() {
        while (true) {
            settings.computing().acquireUninterruptibly();
            Optional<Work> work;
            long start = System.nanoTime();
            long gradients = core.gradientNanos();
            try {
                work = core.work();
                if (work.isPresent()) {
                    linger(start);
                }
            } catch (RuntimeException | LinkageError | VirtualMachineError e) {
                // for Akka such an error is the end of the JVM, which may be somebody else's: here a run ends
                throw new RankFailure(core.position(), e);
            } finally {
                settings.computing().release();
            }
            if (work.isEmpty()) {
                return;
            }
            done(work.get(), start, System.nanoTime(), core.gradientNanos() - gradients);
            if (work.get().task() instanceof Task.Evaluate && trains()) {
                goOnLater();
                return;
            }
        }
    }

    /** A rank that is slow on purpose keeps its place among those that compute until its work would be done. */
    private void linger(long start) {
        double slowdown = settings.link().slowdown(settings.rank());
        if (slowdown > 1) {
            long end = start + Math.round((System.nanoTime() - start) * slowdown);
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    /** Whether batches that were granted are still to be done. */
    private boolean trains() {
        return made < core.granted();
    }

    /** In the middle of the training a chunk of an evaluation comes after all messages that are here. */
    private void goOnLater() {
        if (!goesOn) {
            goesOn = true;
            getContext().getSelf().tell(new GoOn());
        }
    }

    /**
     * @param gradients nanoseconds of the work in which gradients of weights were computed
     */
    private void done(Work work, long start, long end, long gradients) {
        busyNanos += end - start;
        idleSince = end;
        switch (work.task()) {
            case Task.Compute(var action) -> trace.computed(work.step(), action, work.weights(), start, end, gradients);
            case Task.EndOfBatch.STEP -> trace.stepped(work.step(), start, end, gradients);
            case Task.Exchange _ -> trace.busy(Part.EXCHANGE, work.step(), start, end, gradients);
            case Task.EndOfBatch.SHARE, Task.EndOfBatch.SUM ->
                trace.busy(Part.EXCHANGE, work.step(), start, end, gradients);
            case Task.EndOfBatch _ -> trace.busy(Part.STEP, work.step(), start, end, gradients);
            case Task.Evaluate _ -> trace.evaluated(work.step(), start, end, trains());
        }
        if (settings.recorder().wantsLevels(end)) {
            settings.recorder().levels(core.levels());
        }
        if (!work.sends().isEmpty()) {
            work.sends().forEach(this::send);
            trace.exchanged(end, trace.clock());
        }
        for (Outcome outcome : work.outcomes()) {
            switch (outcome) {
                case Outcome.Measured(long batches, var squares) ->
                    report(new TrainerProtocol.GradientSquares(settings.rank(), batches, squares));
                case Outcome.Ready(long batches, var replica, var loss) ->
                    report(new TrainerProtocol.Ready(settings.rank(), batches, replica, loss));
                case Outcome.BatchDone done -> {
                    trace.batchDone(done.batches(), trace.clock());
                    batchDone(done);
                }
                case Outcome.EvaluationDone(var evaluation) -> report(new TrainerProtocol.Evaluated(evaluation));
            }
        }
    }

    private void batchDone(Outcome.BatchDone done) {
        made = done.batches();
        writeIfDue();
        done.replica().ifPresent(replica -> report(new TrainerProtocol.StepDone(done.batches(), replica, done.loss())));
        if (made == core.granted()) {
            report(new TrainerProtocol.Reached(settings.rank(), made));
        }
    }

    private void send(Send send) {
        ActorRef<Command> receiver = ranks.get(send.to());
        switch (send.message()) {
            case ChunkDone credit -> receiver.tell(new FromRank(credit));
            case Packet packet -> {
                trace.sent(
                        send.to(),
                        packet.tensor().memory().byteSize(),
                        packet.key().number(),
                        packet.releases().orElse(null));
                if (settings.link().isDirect()) {
                    receiver.tell(new FromRank(packet));
                } else {
                    sendOverLink(send.to(), receiver, packet);
                }
            }
        }
    }

    private void sendOverLink(int to, ActorRef<Command> receiver, Packet packet) {
        Packet.Key key = packet.key();
        LinkMessage message = new LinkMessage(key.kind().code(), key.number(), key.stage(), key.part());
        long bytes = packet.tensor().memory().byteSize();
        List<Duration> copies = delays.of(to, message, bytes, System.nanoTime());
        // what comes twice travels as a network's bytes do: with a buffer of ours, one could be missing at the drain
        FromRank sent = new FromRank(copies.size() > 1 ? packet.copy() : packet);
        if (copies.size() != 1) {
            packet.tensor().release();
        }
        underWay.addAndGet(copies.size());
        for (Duration delay : copies) {
            if (delay.isZero()) {
                arrive(receiver, sent);
            } else {
                // on a thread of the system's: the rank's own would deliver only when it has nothing to compute
                ActorSystem<Void> system = getContext().getSystem();
                system.scheduler().scheduleOnce(delay, () -> arrive(receiver, sent), system.executionContext());
            }
        }
    }

    private void arrive(ActorRef<Command> receiver, FromRank message) {
        receiver.tell(message);
        underWay.decrementAndGet();
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
        report(new TrainerProtocol.Drained(settings.rank(), core.figures(), trace));
    }

    /** Copies are made in the rank's turn, at the cut; writing them goes on beside the training. */
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
        List<StageSnapshot> parts = core.snapshots(copies);
        underWay.incrementAndGet();
        CompletableFuture<Void> _ = BlockingWork.begin(getContext().getSystem(), () -> written(due, parts, copies))
                .thenAccept(report -> {
                    report(report);
                    // only now: whoever hears that nothing is under way has heard of this before
                    underWay.decrementAndGet();
                });
    }

    private TrainerProtocol.Report written(Cut due, List<StageSnapshot> parts, Arena copies) {
        List<FileEntry> files = new ArrayList<>();
        try (copies) {
            for (StageSnapshot part : parts) {
                files.addAll(settings.shards()
                        .write(Path.of(due.folder()), part.stage(), settings.stages(), part.snapshot()));
            }
            return new TrainerProtocol.ShardsWritten(settings.rank(), due.step(), files);
        } catch (RuntimeException e) {
            return new TrainerProtocol.CutFailed(settings.rank(), due.step(), String.valueOf(e.getMessage()));
        }
    }

    private void report(TrainerProtocol.Message report) {
        if (trainer != null) {
            trainer.tell(report);
        }
    }
}
