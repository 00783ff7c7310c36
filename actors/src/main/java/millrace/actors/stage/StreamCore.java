package millrace.actors.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.run.Course;
import millrace.actors.run.RunPlan;
import millrace.actors.run.Snapshot;
import millrace.actors.stage.StageCore.Effect;
import millrace.actors.stage.StageProtocol.StageSnapshot;
import millrace.actors.trace.Staleness;
import millrace.nn.model.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.stream.StreamOrder;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.timeline.Timeline.Weights;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a stream that nobody flushes: the order of work is {@link StreamOrder}'s, the weight versions are
 * {@link StreamSpec}'s, and the stage steps its own optimizer after every k-th backward. What the formulas say about
 * versions and staleness is checked against what is kept, on every micro-batch.
 */
public final class StreamCore implements RankCore {
    private final StreamSpec spec;
    private final int stage;
    private final int microBatches;
    private final long begin;
    private final StageModel model;
    private final StreamOrder order;
    private final Map<Long, Tensor> activations = new HashMap<>();
    private final Map<Long, Tensor> deltas = new HashMap<>();
    // versions used by the forwards whose backwards are still to come, oldest first
    private final Deque<Long> usedVersions = new ArrayDeque<>();
    private final Staleness staleness;
    private long granted;
    private boolean stepDue;
    private boolean batchDone;
    private boolean drained;
    private @Nullable Action lastAction;
    private @Nullable Weights lastWeights;
    private long lastStep;
    private int mostHeld;

    /**
     * @param stage of the line, and rank that holds it
     * @param evaluationWindow chunks of an evaluation that may be in flight
     */
    public StreamCore(RunPlan plan, int stage, int evaluationWindow) {
        this.spec = plan.stream().orElseThrow();
        this.stage = stage;
        this.microBatches = plan.spec().microBatches();
        this.granted = plan.start().step();
        this.begin = granted * microBatches;
        this.order = new StreamOrder(spec, stage, begin, Course.lastStep(plan) * microBatches);
        this.staleness = new Staleness(stage);
        // an evaluation goes on while micro-batches are in flight; a neighbour holds what was sent to it
        int ahead = spec.warmUp(Math.max(0, stage - 1)) + spec.warmUp(stage) + 4;
        this.model = new StageModel(
                plan.spec(),
                plan.partition().range(stage),
                plan.data().train(),
                ahead + evaluationWindow,
                new StageModel.Stepping(spec.accumulate(), spec.mostStale(stage)));
        if (!plan.start().tensors().isEmpty()) {
            model.restore(plan.start().tensors(), granted);
        }
    }

    @Override
    public boolean activationArrived(int toStage, long step, int microBatch, Tensor tensor) {
        long number = step * microBatches + microBatch;
        boolean needed = !drained && order.activationArrived(number);
        return kept(needed, activations, number, tensor);
    }

    @Override
    public boolean deltaArrived(int toStage, long step, int microBatch, Tensor tensor) {
        long number = step * microBatches + microBatch;
        return kept(order.deltaArrived(number), deltas, number, tensor);
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
    public void advance(long untilStep) {
        granted = Math.max(granted, untilStep);
        order.grant(granted * microBatches);
    }

    @Override
    public Optional<Effect> work() {
        if (stepDue) {
            stepDue = false;
            lastAction = null;
            model.step(oldestNeeded());
            staleness.kept(model.versions().mostKept());
            return Optional.of(batchDone ? stepped() : new Effect.Nothing());
        }
        if (batchDone) {
            lastAction = null;
            return Optional.of(stepped());
        }
        Optional<StreamOrder.Next> next = drained ? Optional.empty() : order.next();
        return next.map(action -> perform(action.kind(), action.microBatch()));
    }

    private long oldestNeeded() {
        if (spec.isGreedy()) {
            return spec.policy().isConsistent() && !usedVersions.isEmpty() ? usedVersions.peek() : Long.MAX_VALUE;
        }
        long nextForward = order.forwardsLeft() ? order.forwards() - begin : Long.MAX_VALUE;
        return spec.oldestNeeded(stage, nextForward, order.backwards() - begin);
    }

    private Effect stepped() {
        batchDone = false;
        return new Effect.Stepped(lastStep + 1, model.takeLoss(lastStep));
    }

    private Effect perform(Kind kind, long microBatch) {
        lastStep = microBatch / microBatches;
        int index = Math.toIntExact(microBatch % microBatches);
        lastAction = new Action(stage, kind, index);
        return kind == Kind.F ? forward(microBatch, index) : backward(microBatch, index);
    }

    private Effect forward(long microBatch, int index) {
        long made = microBatch - begin;
        long version = spec.isGreedy() ? model.versions().newest() : spec.forwardVersion(stage, made);
        model.versions().useForForward(version, spec.lookAhead(stage, made));
        Tensor output = model.forward(lastStep, index, activations.remove(microBatch));
        model.versions().useNewest();
        usedVersions.add(version);
        lastWeights = new Weights(version, model.versions().newest() - version);
        mostHeld = Math.max(mostHeld, model.held());
        return output == null ? new Effect.Nothing() : new Effect.Activate(stage + 1, lastStep, index, output);
    }

    private Effect backward(long microBatch, int index) {
        long made = microBatch - begin;
        long newest = model.versions().newest();
        long forwardVersion = usedVersions.remove();
        long stale = newest - forwardVersion;
        checkStaleness(made, newest, stale);
        long version = spec.policy().isConsistent() ? forwardVersion : newest;
        staleness.add(stale, newest - version);
        model.versions().useForBackward(version, stale);
        Tensor delta = model.backward(lastStep, index, deltas.remove(microBatch));
        model.versions().useNewest();
        lastWeights = new Weights(version, stale);
        stepDue = (made + 1) % spec.accumulate() == 0;
        batchDone = index == microBatches - 1;
        return delta == null ? new Effect.Nothing() : new Effect.PassBack(stage - 1, lastStep, index, delta);
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
    public @Nullable Action lastAction() {
        return lastAction;
    }

    @Override
    public @Nullable Weights lastWeights() {
        return lastWeights;
    }

    @Override
    public NavigableMap<Integer, Long> skippedSteps() {
        return new TreeMap<>(Map.of(stage, model.versions().skipped().getFirst()));
    }

    @Override
    public long lastStep() {
        return lastStep;
    }

    @Override
    public double peakActivations() {
        return mostHeld;
    }

    @Override
    public Optional<Staleness> staleness() {
        return Optional.of(staleness);
    }

    @Override
    public StageModel model(int which) {
        if (which != stage) {
            throw new IllegalStateException("stage " + which + " is not on rank " + stage);
        }
        return model;
    }

    @Override
    public List<StageModel> models() {
        return List.of(model);
    }

    @Override
    public boolean holds(int which) {
        return which == stage;
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
        return order.missing()
                .map(next -> Waiting.forInput(
                        stage,
                        next.kind(),
                        Math.toIntExact(next.microBatch() % microBatches),
                        next.microBatch() / microBatches))
                .orElse(Waiting.forGrant(stage, granted));
    }

    @Override
    public List<StageSnapshot> snapshots() {
        return List.of(new StageSnapshot(
                stage, new Snapshot(order.backwards() / microBatches, model.weights(), model.optimizerState())));
    }

    /** A stream that ends before its end leaves micro-batches between forward and backward; they are given up. */
    @Override
    public void checkDrained() {
        drained = true;
        boolean ended = !order.forwardsLeft() && order.backwards() == order.forwards();
        for (long microBatch = order.backwards(); microBatch < order.forwards(); microBatch++) {
            model.discard(microBatch / microBatches, Math.toIntExact(microBatch % microBatches));
        }
        activations.values().forEach(Tensor::release);
        activations.clear();
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
