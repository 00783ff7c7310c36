package millrace.actors.rank;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import millrace.actors.plan.RunPlan;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.Staleness;
import millrace.nn.layer.GradientClock;
import millrace.nn.stage.StageModel;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Streamed;

/**
 * One rank's part of a run without threads, clock or Akka: messages in, work out. It trains its stages and evaluates data
 * sets with them. One thread at a time.
 */
public final class RankCore implements AutoCloseable {
    private final TrainingCore training;
    private final Outbox outbox = new Outbox();
    private final long runEpoch;
    private final List<Integer> stages;
    private final List<GradientClock> clocks;
    private final Evaluations evaluations;
    // backwards since the last optimizer step, and chunks that may be done after it before training goes on
    private int backwards;
    private int chunksDue;
    private long duplicates;
    // by whoever stops the rank, in the middle of its work
    private volatile boolean halted;

    /**
     * @param runEpoch of the packets that it sends and takes; those of another epoch are given up
     * @param evaluationWindow chunks of an evaluation that may be in flight in a replica of the line
     */
    RankCore(RunPlan plan, int rank, long runEpoch, int evaluationWindow) {
        Placement placement = plan.order().placement();
        this.training = switch (plan.order()) {
            case Flushed(Schedule schedule) ->
                new FlushingCore(plan, schedule, rank, runEpoch, evaluationWindow, outbox);
            case Streamed stream -> new StreamCore(plan, stream, rank, runEpoch, evaluationWindow, outbox);
        };
        this.runEpoch = runEpoch;
        this.stages = placement.stagesOf(rank);
        this.evaluations = new Evaluations(
                training,
                new EvaluationPass.Line(placement, rank, runEpoch, evaluationWindow),
                plan.data().evaluated()::get);
        this.clocks =
                training.models().stream().map(model -> model.compute().clock()).toList();
        if (plan.trace().isOpen()) {
            clocks.forEach(GradientClock::start);
        }
    }

    /** The core of a rank, with or without a flush as the plan says; its weights are made here. */
    public static RankCore of(RunPlan plan, int rank, long runEpoch) {
        // chunks in flight: enough that no rank of a replica waits
        long ranks = plan.order().placement().replicas().getFirst().ranks().stream()
                .distinct()
                .count();
        return new RankCore(plan, rank, runEpoch, Math.toIntExact(ranks) + 2);
    }

    /**
     * A message of another rank is here; a packet with one hold of its tensor, which is taken over.
     *
     * @return false when nobody needs it: it came before, or in another run epoch
     * @throws IllegalStateException on what can be neither new nor a repetition
     */
    public boolean arrived(LineMessage message) {
        return switch (message) {
            case Packet outdated
            when outdated.runEpoch() != runEpoch -> {
                outdated.tensor().release();
                yield false;
            }
            case EvaluationActivation chunk -> counted(evaluations.arrived(chunk));
            case Packet packet -> counted(training.arrived(packet));
            case ChunkDone credit -> evaluations.credit(credit);
        };
    }

    private boolean counted(boolean needed) {
        duplicates += needed ? 0 : 1;
        return needed;
    }

    /**
     * Evaluates a set with the weights after so many batches; told by the trainer to every rank before more than these are
     * granted. While they are evaluated the rank may train on: of what both wait for it does training first, but after each
     * optimizer step as many chunks as it has done backwards since the one before, so that neither waits for ever. What is
     * computed does not depend on it.
     */
    public void evaluate(EvaluationId id) {
        evaluations.begin(id);
    }

    /**
     * Allows batches until so many are done.
     *
     * @param rateScale what the learning rate of steps from now on is multiplied by; it changes only where all that was
     *     granted is done
     */
    public void advance(long untilStep, double rateScale) {
        training.advance(untilStep, rateScale);
    }

    /**
     * The gradient of a batch as a whole, which the step after {@link Work.Outcome.Measured} waits for where it is clipped by
     * it. One that was told before changes nothing.
     *
     * @param step batches made when this one is
     * @param squares sum of squares over all parameters of the model
     */
    public void gradientNorm(long step, double squares) {
        training.gradientNorm(step, squares);
    }

    /**
     * All ranks have what comes into a step, which {@link Work.Outcome.Ready} was told of: the rank makes it, where ranks step
     * together. One that was told before changes nothing.
     */
    public void stepNow(StepWord word) {
        training.stepNow(word);
    }

    /** The rank begins nothing any more; may be called by any thread. */
    public void halt() {
        halted = true;
    }

    /** How far a rank has come that was {@link #halt halted}; empty where ranks do not step together. */
    public Optional<RankAtRest> atRest() {
        return training.atRest();
    }

    /**
     * Copies of the state of all stages of a rank that was {@link #halt halted}, at a step that it {@link RankAtRest#reaches}; it makes
     * that step first, if it has not yet. What it had begun of the batch after that is left out.
     *
     * @param word of that step
     * @param arena where the copies live
     */
    public List<StageSnapshot> liveSnapshots(StepWord word, Arena arena) {
        RankAtRest rest = atRest().orElseThrow(() -> new IllegalStateException("a rank that steps by itself"));
        if (!rest.reaches(word.step())) {
            throw new IllegalStateException("step " + word.step() + " of a rank at step " + rest.step()
                    + (rest.ready() ? ", which could make one more" : "")
                    + " (expected: one that it has made, or can make by itself)");
        }
        training.stepNow(word);
        while (training.atRest().orElse(rest).step() < word.step()) {
            Work _ = training.work().orElseThrow(() -> new IllegalStateException("a step that cannot be made"));
        }
        return training.liveSnapshots(arena);
    }

    /**
     * The rank will be saved when it has done so many batches, while it goes on: {@link #snapshots} right after
     * {@link #work} has given {@link Work.Outcome.BatchDone} for them. Told before more than these batches are granted, and
     * after the cut before. Without it a rank can be saved wherever it has done all that was granted.
     */
    public void cutAt(long step) {
        training.cutAt(step);
    }

    /**
     * From now on messages that are ready in the middle of a piece of work leave at once, by this caller on its thread, and not
     * with the rest when the work is done.
     */
    public void sendAtOnce(Consumer<Work.Send> by) {
        outbox.leaveBy(by);
    }

    /** Does the next piece of work if its inputs are here; empty when the rank has to wait, or was halted. */
    public Optional<Work> work() {
        return halted ? Optional.empty() : nextWork().map(outbox::emptiedInto);
    }

    private Optional<Work> nextWork() {
        boolean mayTrain = evaluations.letTrain();
        Optional<Work> chunk = chunksDue > 0 || !mayTrain ? evaluations.work() : Optional.empty();
        if (chunk.isPresent()) {
            chunksDue--;
            return chunk;
        }
        chunksDue = 0;
        Optional<Work> trained = mayTrain ? training.work() : Optional.empty();
        trained.ifPresent(this::count);
        return trained.isPresent() ? trained : evaluations.work();
    }

    private void count(Work trained) {
        switch (trained.task()) {
            case Task.Compute(Action action) -> backwards += action.kind() == Kind.B ? 1 : 0;
            case Task.EndOfBatch.STEP -> {
                chunksDue = backwards;
                backwards = 0;
            }
            case Task.EndOfBatch _, Task.Exchange _, Task.Evaluate _ -> {}
        }
    }

    /**
     * Nanoseconds in which gradients of weights were computed so far, also as a part of full backwards and steps; 0 in a run of
     * which no step is measured.
     */
    public long gradientNanos() {
        long nanos = 0;
        for (GradientClock clock : clocks) {
            nanos += clock.nanos();
        }
        return nanos;
    }

    /** Batches that may be done. */
    public long granted() {
        return training.granted();
    }

    /** What was being computed, for the message when it fails. */
    public String position() {
        return training.position();
    }

    /** What the rank waits for while {@link #work} gives nothing. */
    public String waitsFor() {
        return evaluations.waitsFor().orElseGet(training::waitsFor);
    }

    /**
     * Copies of weights and optimizer state, stage by stage, of each in its first replica; at a cut, or where all that was
     * granted is done.
     *
     * @param arena where the copies live
     * @throws IllegalStateException elsewhere, if what a run would need to go on from there is not kept
     */
    public List<StageSnapshot> snapshots(Arena arena) {
        return training.snapshots(arena);
    }

    /** The same with copies of the gradients that the last step used. */
    public List<StageSnapshot> snapshotsWithGradients(Arena arena) {
        return snapshots(arena).stream()
                .map(part -> part.with(training.model(part.stage()).state().gradients()))
                .toList();
    }

    /** What was counted so far. */
    public RankFigures figures() {
        NavigableMap<Integer, Long> bytes = new TreeMap<>();
        NavigableMap<Integer, Long> gathered = new TreeMap<>();
        NavigableMap<Integer, Long> allocated = new TreeMap<>();
        NavigableMap<Integer, Long> skipped = new TreeMap<>();
        List<StageModel> models = training.models();
        IntStream.range(0, models.size()).forEach(i -> {
            bytes.put(stages.get(i), models.get(i).compute().mostHeldBytes());
            gathered.put(stages.get(i), models.get(i).compute().gatheredBytes());
            allocated.put(stages.get(i), models.get(i).compute().allocatedBytes());
            skipped.put(stages.get(i), models.get(i).optimizer().skipped().getFirst());
        });
        return new RankFigures(
                training.peakActivations(), bytes, gathered, allocated, duplicates, training.staleness(), skipped);
    }

    /** Bytes that are held for backwards now. */
    public long heldBytes() {
        return training.models().stream()
                .mapToLong(model -> model.compute().heldBytes())
                .sum();
    }

    /** How much the rank holds now. */
    public Levels levels() {
        long allocated = 0;
        int versions = 1;
        for (StageModel model : training.models()) {
            allocated += model.compute().allocatedBytes();
            versions = Math.max(versions, model.weights().kept());
        }
        Optional<Staleness> staleness = training.staleness();
        return new Levels(
                heldBytes(),
                allocated,
                training.waiting(),
                versions,
                staleness.map(Staleness::max).orElse(0L),
                staleness.map(Staleness::mean).orElse(0.0));
    }

    /** Throws IllegalStateException unless every buffer came back and nothing waits. */
    public void checkDrained() {
        training.checkDrained();
    }

    /** Frees the weights and all other memory. Nobody may read a tensor that this rank has sent after that. */
    @Override
    public void close() {
        training.models().forEach(StageModel::close);
    }
}
