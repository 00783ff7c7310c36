package millrace.actors.rank;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.rank.Packet.Activation;
import millrace.actors.rank.Packet.ErrorDelta;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Packet.ReplicaGradient;
import millrace.actors.rank.Packet.ReplicaStatistics;
import millrace.actors.rank.Packet.ReplicaSum;
import millrace.actors.rank.Packet.TiedGradient;
import millrace.actors.rank.Task.EndOfBatch;
import millrace.actors.rank.Work.Outcome;
import millrace.actors.rank.Work.Send;
import millrace.actors.trace.Staleness;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.PastWeights;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamOrder;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * A rank of a stream that nobody flushes; it holds one stage. The order of work is {@link StreamOrder}'s, the weight versions are
 * {@link StreamSpec}'s, and the stage steps its own optimizer after every k-th backward. What the formulas say about
 * versions and staleness is checked against what is kept, on every micro-batch.
 *
 * <p>Micro-batches are numbered as the stream of one copy of the line has them. Where the line has several copies, this is one
 * of them, and before a step it waits for the gradients of the others ({@link Streamed}).
 */
final class StreamCore implements TrainingCore {
    private static final long NO_CUT = -1;

    private final RunPlan plan;
    private final Streamed streamed;
    private final StreamSpec spec;
    private final int stage;
    private final int replica;
    private final long runEpoch;
    // of a batch, in this copy of the line
    private final int microBatches;
    private final long end;
    private final StageModel model;
    private final StreamOrder order;
    private final ReplicaExchange replicas;
    private final Map<Long, Tensor> activations = new HashMap<>();
    private final Map<Long, Tensor> deltas = new HashMap<>();
    // versions used by the forwards whose backwards are still to come, oldest first
    private final Deque<Long> usedVersions = new ArrayDeque<>();
    private final Staleness staleness;
    private long granted;
    // the batches after which the stage will be saved while it goes on
    private long cut = NO_CUT;
    // what the last backward has brought about and is still to be done
    private final Deque<EndOfBatch> due = new ArrayDeque<>();
    private boolean batchDone;
    private boolean drained;
    private final boolean reportsNorms;
    private @Nullable Action lastAction;
    private long lastStep;
    private int mostHeld;

    /**
     * @param streamed stream and placement of the run
     * @param rank whose stage this core holds
     * @param evaluationWindow chunks of an evaluation that may be in flight
     */
    StreamCore(RunPlan plan, Streamed streamed, int rank, long runEpoch, int evaluationWindow, Outbox outbox) {
        this.plan = plan;
        this.streamed = streamed;
        this.spec = streamed.spec();
        this.stage = streamed.placement().stagesOf(rank).getFirst();
        this.replica = streamed.placement().replicaOn(rank, stage);
        this.runEpoch = runEpoch;
        this.microBatches = streamed.microBatchesOfReplica();
        this.reportsNorms = plan.spec().policy().guard().measures();
        this.granted = plan.start().step();
        this.end = plan.lastStep() * microBatches;
        this.order = new StreamOrder(spec, stage, granted * microBatches, end);
        this.staleness = new Staleness(stage);
        // an evaluation goes on while micro-batches are in flight; a neighbour holds what was sent to it
        int ahead = spec.warmUp(Math.max(0, stage - 1)) + spec.warmUp(stage) + 4;
        this.model = new StageModel(
                plan.spec(),
                plan.partition().range(stage),
                plan.data().train(),
                ahead + evaluationWindow + plan.unacknowledged(),
                StageModel.Stepping.ofStream(spec.accumulate(), spec.mostStale(stage), replica, streamed.replicas()),
                plan.keep(stage));
        this.replicas = new ReplicaExchange(
                plan, rank, runEpoch, streamed.optimizerSteps(granted), new TreeMap<>(Map.of(stage, model)), outbox);
        model.optimizer().scaleRate(plan.start().progress().plateau().scale());
        StreamSnapshots.begin(plan, stage, model);
        predictBeyondTheEnd();
    }

    @Override
    public boolean arrived(Packet packet) {
        return switch (packet) {
            case Activation m -> {
                long number = number(m.step(), m.microBatch());
                yield kept(!drained && order.activationArrived(number), activations, number, m.tensor());
            }
            case ErrorDelta m -> {
                long number = number(m.step(), m.microBatch());
                yield kept(order.deltaArrived(number), deltas, number, m.tensor());
            }
            case ReplicaGradient m -> replicas.arrived(m);
            case ReplicaSum m -> replicas.arrived(m);
            case ReplicaStatistics m -> replicas.arrived(m);
            // without a flush no weights are tied: RunPlan refuses them
            case TiedGradient _, EvaluationActivation _ ->
                throw new IllegalStateException("packet " + packet.key()
                        + " for a stage of a stream (expected: an activation, an error delta or a replica's gradient)");
        };
    }

    /** The number of a micro-batch of a batch in the stream of this copy. */
    private long number(long step, int ofBatch) {
        return step * microBatches + ofBatch / streamed.replicas();
    }

    /** The micro-batch of its batch that has a number in the stream of this copy. */
    private int ofBatch(long number) {
        return Math.toIntExact(number % microBatches) * streamed.replicas() + replica;
    }

    private static boolean kept(boolean needed, Map<Long, Tensor> arrived, long number, Tensor tensor) {
        if (needed) {
            arrived.put(number, tensor);
        } else {
            tensor.release();
        }
        return needed;
    }

    @Override
    public void advance(long untilStep, double rateScale) {
        models().forEach(model -> model.optimizer().scaleRate(rateScale));
        granted = Math.max(granted, untilStep);
        order.grant(granted * microBatches);
    }

    @Override
    public void cutAt(long step) {
        long microBatch = step * microBatches;
        boolean passed = microBatch < order.backwards() || (step < granted && microBatch < order.forwards());
        boolean another = cut != step && cut * microBatches > order.backwards();
        if (passed || another) {
            throw new IllegalStateException("cut after " + step + " batches at stage " + stage + " (expected: "
                    + (passed ? granted + " or more, as were granted" : "one after the other, the last is " + cut)
                    + ")");
        }
        cut = step;
    }

    @Override
    public boolean standsAfter(long step) {
        long microBatch = step * microBatches;
        if (order.backwards() > microBatch) {
            throw new IllegalStateException("weights after " + step + " batches at stage " + stage + " (expected: "
                    + order.backwards() / microBatches + " or more, those before are gone)");
        }
        return order.backwards() == microBatch && due.isEmpty();
    }

    @Override
    public void stepNow(StepWord word) {
        throw new IllegalStateException(
                "step " + word.step() + " of a stream told (expected: each stage steps by itself)");
    }

    @Override
    public Optional<RankAtRest> atRest() {
        return Optional.empty();
    }

    @Override
    public List<StageSnapshot> liveSnapshots(Arena arena) {
        return snapshots(arena);
    }

    /** Nothing waits for it: without a flush nothing is clipped as a whole. */
    @Override
    public void gradientNorm(long step, double squares) {}

    /**
     * The weights of forwards from this micro-batch on are kept until the stage is beyond it: a run that goes on from
     * there does these forwards again. Wherever the grant ends the stage may be saved too.
     */
    private long savedFrom() {
        long stop = granted * microBatches;
        long saved = cut * microBatches;
        return saved < order.backwards() ? stop : Math.min(stop, saved);
    }

    /** Forwards beyond the end are those of a run that goes on from there, too late for it to predict from before it. */
    private void predictBeyondTheEnd() {
        giveUpPredictions(order.forwards());
        if (order.backwards() < end) {
            StreamSnapshots.keepPredictions(spec, stage, model.weights(), end);
        }
    }

    /** Gives up predictions that neither this forward and those after it need nor a save. */
    private void giveUpPredictions(long nextForward) {
        if (spec.policy() == WeightPolicy.PREDICT) {
            model.weights().giveUpPredictions(weights(Math.min(nextForward, savedFrom())));
        }
    }

    @Override
    public Optional<Work> work() {
        Optional<Work> exchanged = replicas.work();
        if (exchanged.isPresent()) {
            return exchanged;
        }
        EndOfBatch end = due.peek();
        if (waitsForReplicas()) {
            return Optional.empty();
        }
        if (end != null) {
            due.remove();
            lastAction = null;
            return Optional.of(end(end));
        }
        Optional<StreamOrder.Next> next = drained ? Optional.empty() : order.next();
        return next.map(action -> perform(action.kind(), action.microBatch()));
    }

    private boolean waitsForReplicas() {
        return due.peek() == EndOfBatch.STEP
                && !replicas.isComplete(model.optimizer().steps());
    }

    private Work end(EndOfBatch task) {
        switch (task) {
            case STEP -> {
                replicas.close(model.optimizer().steps());
                model.optimizer().step(oldestNeeded());
                predictBeyondTheEnd();
                staleness.kept(model.weights().mostKept());
            }
            case REPORT -> {}
            case SHARE, SUM, MEASURE, READY, ADMIT ->
                throw new IllegalStateException(
                        task + " in a stream (expected: none, no stage knows the others' norms, no weights are tied)");
        }
        return new Work(lastStep, task, null, List.of(), batchDone && due.isEmpty() ? batchDone() : List.of());
    }

    private long oldestNeeded() {
        if (spec.isGreedy()) {
            return spec.policy().isConsistent() && !usedVersions.isEmpty() ? usedVersions.peek() : Long.MAX_VALUE;
        }
        return spec.oldestNeeded(stage, Math.min(order.forwards(), savedFrom()), order.backwards());
    }

    /** Where norms are told, those of the last step come first. */
    private List<Outcome> batchDone() {
        batchDone = false;
        List<Outcome> outcomes = new ArrayList<>();
        if (reportsNorms && replica == 0) {
            NavigableMap<Integer, List<Double>> squares = new TreeMap<>();
            squares.put(stage, model.optimizer().measured().getFirst());
            outcomes.add(new Outcome.Measured(lastStep + 1, squares));
        }
        OptionalInt ofLoss = model.isLast() ? OptionalInt.of(replica) : OptionalInt.empty();
        outcomes.add(new Outcome.BatchDone(lastStep + 1, ofLoss, model.compute().takeLossSum(lastStep)));
        return outcomes;
    }

    private Work perform(Kind kind, long microBatch) {
        lastStep = microBatch / microBatches;
        int index = ofBatch(microBatch);
        lastAction = new Action(stage, kind, index);
        return kind == Kind.F ? forward(microBatch, index, lastAction) : backward(microBatch, index, lastAction);
    }

    private Work forward(long microBatch, int index, Action action) {
        PastWeights weights = weights(microBatch);
        giveUpPredictions(microBatch);
        model.weights().useForForward(weights);
        Tensor output = model.compute().forward(lastStep, index, activations.remove(microBatch));
        model.weights().useNewest();
        usedVersions.add(weights.version());
        mostHeld = Math.max(mostHeld, model.compute().held());
        return computed(
                action,
                new Weights(weights.version(), model.weights().newest() - weights.version()),
                output == null ? List.of() : sent(new Activation(runEpoch, stage + 1, lastStep, index, output), index));
    }

    /** To the neighbour in this copy of the line. */
    private List<Send> sent(Packet packet, int ofBatch) {
        return List.of(new Send(streamed.placement().rankOf(packet.stage(), ofBatch), packet));
    }

    private Work computed(Action action, Weights weights, List<Send> sends) {
        return new Work(lastStep, new Task.Compute(action), weights, sends, List.of());
    }

    private PastWeights weights(long microBatch) {
        return spec.isGreedy()
                ? new PastWeights(model.weights().newest(), 0)
                : StreamSnapshots.weights(spec, stage, microBatch);
    }

    private Work backward(long microBatch, int index, Action action) {
        long newest = model.weights().newest();
        long forwardVersion = usedVersions.remove();
        long stale = newest - forwardVersion;
        checkStaleness(microBatch, newest, stale);
        long version = spec.policy().isConsistent() ? forwardVersion : newest;
        staleness.add(stale, newest - version);
        model.weights().useForBackward(version, stale);
        Tensor delta = model.compute().backward(lastStep, index, deltas.remove(microBatch));
        model.weights().useNewest();
        batchDone = (microBatch + 1) % microBatches == 0;
        if ((microBatch + 1) % spec.accumulate() == 0) {
            due.add(EndOfBatch.STEP);
        } else if (batchDone) {
            due.add(EndOfBatch.REPORT);
        }
        return computed(
                action,
                new Weights(version, stale),
                delta == null ? List.of() : sent(new ErrorDelta(runEpoch, stage - 1, lastStep, index, delta), index));
    }

    /** What was counted against what the formulas say, on every micro-batch; greedy streams have only a bound. */
    private void checkStaleness(long microBatch, long newest, long stale) {
        long expected = spec.isGreedy() ? spec.mostStale(stage) : spec.staleness(stage, microBatch);
        boolean right = spec.isGreedy() ? stale <= expected : stale == expected;
        if (!right || newest != microBatch / spec.accumulate()) {
            throw new IllegalStateException("staleness of micro-batch " + microBatch + " at stage " + stage + ": "
                    + stale + " with version " + newest + " (expected: " + expected
                    + (spec.isGreedy() ? " at most" : "") + " with version " + microBatch / spec.accumulate() + ")");
        }
    }

    @Override
    public double peakActivations() {
        return mostHeld;
    }

    @Override
    public int waiting() {
        return activations.size() + deltas.size();
    }

    @Override
    public Optional<Staleness> staleness() {
        if (replica != 0) {
            return Optional.empty(); // that of the first copy
        }
        if (model.evaluation().hasTakenMemory()) {
            staleness.keptForEvaluation();
        }
        return Optional.of(staleness);
    }

    @Override
    public StageModel model(int which) {
        if (which != stage) {
            throw new IllegalStateException("stage " + which + " is not here (expected: " + stage + ")");
        }
        return model;
    }

    @Override
    public List<StageModel> models() {
        return List.of(model);
    }

    @Override
    public long granted() {
        return granted;
    }

    @Override
    public String position() {
        return lastAction == null
                ? "stage " + stage + ", batch " + lastStep
                : "stage " + stage + ", batch " + lastStep + ", action " + lastAction;
    }

    @Override
    public String waitsFor() {
        if (waitsForReplicas()) {
            return Waiting.forGradientShare(stage, lastStep);
        }
        return order.missing()
                .map(next -> Waiting.forInput(
                        stage, next.kind(), ofBatch(next.microBatch()), next.microBatch() / microBatches))
                .orElse(Waiting.forGrant(stage, granted));
    }

    @Override
    public List<StageSnapshot> snapshots(Arena arena) {
        if (replica != 0) {
            return List.of();
        }
        Snapshot snapshot = StreamSnapshots.of(plan, stage, order.backwards() / microBatches, model, arena);
        return List.of(new StageSnapshot(stage, snapshot));
    }

    /** A stream that ends before its end leaves micro-batches between forward and backward; they are given up. */
    @Override
    public void checkDrained() {
        drained = true;
        boolean ended = !order.forwardsLeft() && order.backwards() == order.forwards();
        for (long microBatch = order.backwards(); microBatch < order.forwards(); microBatch++) {
            model.compute().discard(microBatch / microBatches, ofBatch(microBatch));
        }
        activations.values().forEach(Tensor::release);
        activations.clear();
        if (replicas.left() > 0) {
            throw new IllegalStateException(
                    "stage " + stage + ": shares of gradients left over (expected: none after the drain)");
        }
        if (!deltas.isEmpty()) {
            throw new IllegalStateException(
                    "stage " + stage + ": error deltas left over for " + deltas.keySet() + " (expected: none)");
        }
        // before the end, what this stage sent may still be with a neighbour that has not given it up yet
        if (ended) {
            model.checkDrained();
        }
    }
}
