package millrace.actors.stage;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.run.RunPlan;
import millrace.actors.run.Snapshot;
import millrace.actors.stage.StageProtocol.StageSnapshot;
import millrace.actors.trace.Staleness;
import millrace.nn.model.GradientOrder;
import millrace.nn.model.LossSum;
import millrace.nn.model.StageModel;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Schedule;
import millrace.schedule.Sequencer;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * One rank's part of training without threads, clock or Akka: arrivals in, effects out. The order of work is the
 * {@link Sequencer}'s; tensors that arrive early wait here under (stage, kind, step, micro-batch).
 */
public final class StageCore implements RankCore {
    /** What a piece of work leads to. */
    public sealed interface Effect {
        /** An activation for the stage after. */
        record Activate(int stage, long step, int microBatch, Tensor tensor) implements Effect {}

        /** An error delta for the stage before. */
        record PassBack(int stage, long step, int microBatch, Tensor tensor) implements Effect {}

        /**
         * The gradients of a batch are measured.
         *
         * @param squares by stage the sum of squares of each parameter
         */
        record Measured(long step, NavigableMap<Integer, List<Double>> squares) implements Effect {}

        /** A stage's gradient of a weight that another stage, on another rank, has too. */
        record ShareGradient(int to, int stage, long step, Tensor tensor) implements Effect {}

        /** A replica's gradients of a stage, for another rank that holds it. */
        record ShareReplica(int to, int stage, int replica, long step, Tensor tensor) implements Effect {}

        /** Gradients that were shared are summed. */
        record GradientSummed() implements Effect {}

        /** The rank's stages have stepped; the loss is that of the batch on the last stage, of nothing elsewhere. */
        record Stepped(long step, LossSum loss) implements Effect {}

        /** Something was done that concerns nobody else. */
        record Nothing() implements Effect {}
    }

    private static final Effect NOTHING = new Effect.Nothing();

    private final Schedule schedule;
    private final int rank;
    private final NavigableMap<Integer, StageModel> models = new TreeMap<>();
    private final Sequencer sequencer;
    private final Map<Key, Tensor> stash = new HashMap<>();
    private long granted;
    private @Nullable Action underWay;
    private @Nullable Action lastAction;
    private long lastStep;
    private int mostHeld;
    // what precedes the step: the gradient is measured, and where it is clipped as a whole, its norm is here
    private final GradientGuard guard;
    private final ReplicaExchange replicas;
    private final TiedExchange tied;
    private boolean measured;
    private boolean admitted;

    private record Key(long step, Action action) {}

    /**
     * @param rank the worker slot whose stages this core holds
     * @param evaluationWindow chunks of an evaluation that may be in flight
     */
    public StageCore(RunPlan plan, int rank, int evaluationWindow) {
        this.schedule = plan.schedule();
        this.rank = rank;
        this.guard = plan.spec().policy().guard();
        long first = plan.start().step();
        this.granted = first;
        this.sequencer = new Sequencer(schedule, rank, first);
        for (int stage : schedule.placement().get(rank)) {
            // what a stage sends is held by its neighbour too, until that has used it
            int neighbour = 0;
            for (int other = Math.max(0, stage - 1); other < Math.min(schedule.stages(), stage + 2); other++) {
                neighbour = Math.max(neighbour, other == stage ? 0 : schedule.peakInFlight(other));
            }
            int inFlight = Math.max(evaluationWindow, schedule.peakInFlight(stage) + neighbour) + plan.unacknowledged();
            StageModel model = new StageModel(
                    plan.spec(),
                    plan.partition().range(stage),
                    plan.data().train(),
                    inFlight,
                    StageModel.Stepping.ofBatches(
                            plan.spec().microBatches(), new GradientOrder(List.of(microBatches(stage)))),
                    plan.keep(stage));
            if (!plan.start().tensors().isEmpty()) {
                model.restore(plan.start().tensors(), first);
            }
            model.scaleRate(plan.start().progress().plateau().scale());
            models.put(stage, model);
        }
        this.replicas = new ReplicaExchange(plan, rank, models);
        this.tied = new TiedExchange(plan, rank, models);
    }

    /** The micro-batches that this rank does of a stage. */
    private List<Integer> microBatches(int stage) {
        return schedule.replicas().get(schedule.replicaOn(rank, stage));
    }

    @Override
    public boolean activationArrived(int stage, long step, int microBatch, Tensor tensor) {
        return arrived(step, new Action(stage, Kind.F, microBatch), tensor);
    }

    @Override
    public boolean deltaArrived(int stage, long step, int microBatch, Tensor tensor) {
        return arrived(step, new Action(stage, Kind.I, microBatch), tensor);
    }

    @Override
    public boolean gradientShareArrived(int stage, long step, Tensor tensor) {
        return tied.arrived(stage, step, tensor);
    }

    @Override
    public boolean replicaShareArrived(int stage, int replica, long step, Tensor tensor) {
        return replicas.arrived(stage, replica, step, tensor);
    }

    private boolean arrived(long step, Action action, Tensor tensor) {
        boolean needed = sequencer.arrived(step, action);
        if (needed) {
            stash.put(new Key(step, action), tensor);
        } else {
            tensor.release();
        }
        return needed;
    }

    @Override
    public void advance(long untilStep, double rateScale) {
        models().forEach(model -> model.scaleRate(rateScale));
        granted = Math.max(granted, untilStep);
    }

    /** Between two batches weights and optimizer buffers are everything. */
    @Override
    public void cutAt(long step) {}

    @Override
    public Optional<Effect> work() {
        lastStep = sequencer.batch();
        if (sequencer.finished()) {
            lastAction = null;
            if (!exchange().isDone(sequencer.batch())) {
                return exchange().work(sequencer.batch());
            }
            if (guard.measures() && !measured) {
                return Optional.of(measure());
            }
            return guard.isGlobal() && !admitted ? Optional.empty() : Optional.of(step());
        }
        if (sequencer.position() == 0 && sequencer.batch() >= granted) {
            return Optional.empty();
        }
        Optional<Action> next = sequencer.next();
        if (next.isEmpty()) {
            return Optional.empty();
        }
        underWay = next.get();
        Effect effect = perform(next.get());
        underWay = null;
        lastAction = next.get();
        return Optional.of(effect);
    }

    /** Replicas first: what two stages have in common is shared when each has all of it. */
    private GradientExchange exchange() {
        return replicas.isDone(sequencer.batch()) ? tied : replicas;
    }

    private Effect measure() {
        NavigableMap<Integer, List<Double>> squares = new TreeMap<>();
        models.forEach((stage, model) -> {
            List<Double> measures = model.measureGradient().getFirst();
            if (isFirstReplica(stage)) {
                squares.put(stage, measures);
            }
        });
        measured = true;
        return new Effect.Measured(sequencer.batch() + 1, squares);
    }

    @Override
    public void gradientNorm(long step, double squares) {
        // one of a batch that is done was told twice
        if (measured && step == sequencer.batch() + 1) {
            models.values().forEach(model -> model.admitGradient(squares));
            admitted = true;
        }
    }

    private Effect step() {
        measured = false;
        admitted = false;
        LossSum loss = LossSum.NONE;
        for (StageModel model : models.values()) {
            model.step();
            loss = loss.plus(model.takeLossSum(sequencer.batch()));
        }
        sequencer.restart();
        return new Effect.Stepped(sequencer.batch(), loss);
    }

    private Effect perform(Action action) {
        long step = sequencer.batch();
        int stage = action.stage();
        int microBatch = action.microBatch();
        StageModel model = model(stage);
        return switch (action.kind()) {
            case F -> {
                Tensor output = model.forward(step, microBatch, taken(step, action));
                mostHeld = Math.max(
                        mostHeld,
                        models.values().stream().mapToInt(StageModel::held).sum());
                yield output == null ? NOTHING : activate(stage + 1, step, microBatch, output);
            }
            case B -> {
                Tensor delta = model.backward(step, microBatch, taken(step, new Action(stage, Kind.I, microBatch)));
                yield delta == null ? NOTHING : passBack(stage - 1, step, microBatch, delta);
            }
            case I -> {
                Tensor delta = model.backwardInput(step, microBatch, taken(step, action));
                yield delta == null ? NOTHING : passBack(stage - 1, step, microBatch, delta);
            }
            case W -> {
                model.backwardWeight(step, microBatch);
                yield NOTHING;
            }
        };
    }

    private Effect activate(int stage, long step, int microBatch, Tensor tensor) {
        if (schedule.rankOf(stage, microBatch) == rank) {
            activationArrived(stage, step, microBatch, tensor);
            return NOTHING;
        }
        return new Effect.Activate(stage, step, microBatch, tensor);
    }

    private Effect passBack(int stage, long step, int microBatch, Tensor tensor) {
        if (schedule.rankOf(stage, microBatch) == rank) {
            deltaArrived(stage, step, microBatch, tensor);
            return NOTHING;
        }
        return new Effect.PassBack(stage, step, microBatch, tensor);
    }

    private @Nullable Tensor taken(long step, Action action) {
        return stash.remove(new Key(step, action));
    }

    @Override
    public StageModel model(int stage) {
        StageModel model = models.get(stage);
        if (model == null) {
            throw new IllegalStateException(
                    "stage " + stage + " is not on rank " + rank + " (expected: one of " + models.keySet() + ")");
        }
        return model;
    }

    @Override
    public List<StageModel> models() {
        return List.copyOf(models.values());
    }

    private boolean isFirstReplica(int stage) {
        return schedule.replicaOn(rank, stage) == 0;
    }

    @Override
    public boolean holds(int stage) {
        return models.containsKey(stage);
    }

    @Override
    public long granted() {
        return granted;
    }

    @Override
    public @Nullable Action lastAction() {
        return lastAction;
    }

    @Override
    public @Nullable Weights lastWeights() {
        return null;
    }

    @Override
    public NavigableMap<Integer, Long> skippedSteps() {
        NavigableMap<Integer, Long> skipped = new TreeMap<>();
        models.forEach(
                (stage, model) -> skipped.put(stage, model.versions().skipped().getFirst()));
        return skipped;
    }

    @Override
    public double peakActivations() {
        return mostHeld / schedule.share(rank);
    }

    @Override
    public NavigableMap<Integer, Long> peakBytes() {
        NavigableMap<Integer, Long> bytes = new TreeMap<>();
        models.forEach((stage, model) -> bytes.put(stage, model.mostHeldBytes()));
        return bytes;
    }

    @Override
    public long lastStep() {
        return lastStep;
    }

    @Override
    public Optional<Staleness> staleness() {
        return Optional.empty();
    }

    @Override
    public String position() {
        return underWay == null
                ? "rank " + rank + ", step " + sequencer.batch()
                : "stage " + underWay.stage() + ", step " + sequencer.batch() + ", action " + underWay;
    }

    @Override
    public String waitsFor() {
        if (sequencer.position() == 0 && sequencer.batch() >= granted) {
            return Waiting.forGrant(rank, granted);
        }
        if (!exchange().isDone(sequencer.batch()) && sequencer.finished()) {
            return Waiting.forGradientShare(rank, sequencer.batch());
        }
        if (sequencer.finished()) {
            return Waiting.forNorm(rank, sequencer.batch());
        }
        return sequencer
                .missing()
                .map(input -> Waiting.forInput(input.stage(), input.kind(), input.microBatch(), sequencer.batch()))
                .orElse("rank " + rank + " waits for nothing");
    }

    @Override
    public List<StageSnapshot> snapshots(Arena arena) {
        List<StageSnapshot> snapshots = new ArrayList<>();
        models.forEach((stage, model) -> {
            if (isFirstReplica(stage)) {
                snapshots.add(new StageSnapshot(
                        stage, new Snapshot(model.steps(), model.weights(arena), model.optimizerState(arena))));
            }
        });
        return snapshots;
    }

    @Override
    public void checkDrained() {
        if (!stash.isEmpty()) {
            throw new IllegalStateException(
                    "rank " + rank + ": tensors left over for " + stash.keySet() + " (expected: none after the drain)");
        }
        if (replicas.left() + tied.left() > 0) {
            throw new IllegalStateException("rank " + rank + ": " + (replicas.left() + tied.left())
                    + " shares of gradients left over (expected: none after the drain)");
        }
        models.values().forEach(StageModel::checkDrained);
    }
}
