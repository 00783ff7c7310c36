package millrace.actors.rank;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
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
import millrace.actors.rank.Work.Send;
import millrace.actors.trace.Staleness;
import millrace.nn.stage.StageCompute;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.GradientOrder;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import millrace.schedule.Sequencer;
import org.jspecify.annotations.Nullable;

/**
 * A rank of a schedule that flushes: all micro-batches of a batch are through before any stage steps. The order of the
 * actions is the {@link Sequencer}'s; tensors that arrive early wait here under (stage, kind, step, micro-batch). Behind the
 * actions of a batch come the entries of {@link EndOfBatch} that the plan asks for.
 */
final class FlushingCore implements TrainingCore {
    private final Schedule schedule;
    private final Placement placement;
    private final int rank;
    private final long runEpoch;
    private final NavigableMap<Integer, StageModel> models = new TreeMap<>();
    private final Sequencer sequencer;
    private final Map<Key, Tensor> stash = new HashMap<>();
    private final ReplicaExchange replicas;
    private final TiedExchange tied;
    private final BatchEnd end;
    private final boolean together;
    private long granted;
    private @Nullable Action underWay;
    private int mostHeld;

    private record Key(long step, Action action) {}

    /**
     * @param schedule of the whole line
     * @param rank the slot of the schedule whose stages this core holds
     * @param evaluationWindow chunks of an evaluation that may be in flight
     * @param outbox of what is sent in the middle of an action
     */
    FlushingCore(RunPlan plan, Schedule schedule, int rank, long runEpoch, int evaluationWindow, Outbox outbox) {
        this.schedule = schedule;
        this.placement = schedule.placement();
        this.rank = rank;
        this.runEpoch = runEpoch;
        long first = plan.start().step();
        this.granted = first;
        this.together = plan.stepsTogether();
        this.sequencer = new Sequencer(schedule, rank, first);
        for (int stage : placement.stagesOf(rank)) {
            models.put(stage, model(plan, stage, evaluationWindow));
        }
        this.replicas = new ReplicaExchange(plan, rank, runEpoch, first, models, outbox);
        this.tied = new TiedExchange(plan, rank, runEpoch, models);
        this.end = new BatchEnd(plan, rank, models, replicas, tied);
    }

    private StageModel model(RunPlan plan, int stage, int evaluationWindow) {
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
            model.state().restore(plan.start().tensors(), plan.start().step());
        }
        model.optimizer().scaleRate(plan.start().progress().plateau().scale());
        return model;
    }

    /** The micro-batches that this rank does of a stage. */
    private List<Integer> microBatches(int stage) {
        return placement.replicas().get(placement.replicaOn(rank, stage)).microBatches();
    }

    @Override
    public boolean arrived(Packet packet) {
        return switch (packet) {
            case Activation m -> arrived(m.step(), new Action(m.stage(), Kind.F, m.microBatch()), m.tensor());
            case ErrorDelta m -> arrived(m.step(), new Action(m.stage(), Kind.I, m.microBatch()), m.tensor());
            case TiedGradient m -> tied.arrived(m);
            case ReplicaGradient m -> replicas.arrived(m);
            case ReplicaSum m -> replicas.arrived(m);
            case ReplicaStatistics m -> replicas.arrived(m);
            case EvaluationActivation m ->
                throw new IllegalStateException(
                        "chunk " + m.chunk() + " of " + m.id() + " among the packets of training");
        };
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
        models().forEach(model -> model.optimizer().scaleRate(rateScale));
        granted = Math.max(granted, untilStep);
    }

    /** Between two batches weights and optimizer buffers are everything. */
    @Override
    public void cutAt(long step) {}

    @Override
    public void gradientNorm(long step, double squaresOfModel) {
        // one of a batch that is done was told twice
        if (step == sequencer.batch() + 1) {
            end.norm(step, squaresOfModel);
        }
    }

    @Override
    public void stepNow(StepWord told) {
        end.word(told);
        gradientNorm(told.step(), told.squares());
    }

    @Override
    public Optional<RankAtRest> atRest() {
        return together
                ? Optional.of(
                        new RankAtRest(List.copyOf(models.keySet()), sequencer.batch(), end.isReady(), end.word()))
                : Optional.empty();
    }

    @Override
    public boolean standsAfter(long step) {
        if (sequencer.batch() > step) {
            throw new IllegalStateException("weights after " + step + " batches at rank " + rank + " (expected: "
                    + sequencer.batch() + " or more, those before are gone)");
        }
        return sequencer.batch() == step && sequencer.position() == 0;
    }

    @Override
    public Optional<Work> work() {
        Optional<Work> exchanged = replicas.work();
        if (exchanged.isPresent()) {
            return exchanged;
        }
        if (sequencer.finished()) {
            // replicas first: what two stages have in common is shared when each has all of it
            return replicas.isComplete(sequencer.batch()) ? end() : Optional.empty();
        }
        if (sequencer.position() == 0 && sequencer.batch() >= granted) {
            return Optional.empty();
        }
        Optional<Action> next = sequencer.next();
        if (next.isEmpty()) {
            return Optional.empty();
        }
        underWay = next.get();
        Work work = perform(next.get());
        underWay = null;
        return Optional.of(work);
    }

    private Optional<Work> end() {
        Optional<Work> work = end.work(sequencer.batch());
        if (work.isPresent() && work.get().task() == EndOfBatch.STEP) {
            sequencer.restart();
        }
        return work;
    }

    private Work perform(Action action) {
        long step = sequencer.batch();
        int stage = action.stage();
        int microBatch = action.microBatch();
        StageCompute compute = model(stage).compute();
        List<Send> sends = switch (action.kind()) {
            case F -> {
                Tensor output = compute.forward(step, microBatch, taken(step, action));
                mostHeld = Math.max(
                        mostHeld,
                        models.values().stream()
                                .mapToInt(model -> model.compute().held())
                                .sum());
                yield output == null
                        ? List.of()
                        : sent(new Activation(runEpoch, stage + 1, step, microBatch, output), microBatch);
            }
            case B -> {
                Tensor delta = compute.backward(step, microBatch, taken(step, new Action(stage, Kind.I, microBatch)));
                yield passedBack(stage, step, microBatch, delta);
            }
            case I -> {
                Tensor delta = compute.backwardInput(step, microBatch, taken(step, action));
                yield passedBack(stage, step, microBatch, delta);
            }
            case W -> {
                compute.backwardWeight(step, microBatch);
                yield List.of();
            }
            case R -> {
                compute.recompute(step, microBatch);
                yield List.of();
            }
        };
        return new Work(step, new Task.Compute(action), null, sends, List.of());
    }

    private List<Send> passedBack(int stage, long step, int microBatch, @Nullable Tensor delta) {
        return delta == null
                ? List.of()
                : sent(new ErrorDelta(runEpoch, stage - 1, step, microBatch, delta), microBatch);
    }

    /** What goes to a stage of the same rank is there at once. */
    private List<Send> sent(Packet packet, int microBatch) {
        int to = placement.rankOf(packet.stage(), microBatch);
        if (to == rank) {
            arrived(packet);
            return List.of();
        }
        return List.of(new Send(to, packet));
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
        return placement.replicaOn(rank, stage) == 0;
    }

    @Override
    public long granted() {
        return granted;
    }

    @Override
    public double peakActivations() {
        return mostHeld / placement.share(rank);
    }

    @Override
    public int waiting() {
        return stash.size();
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
        if (sequencer.finished()) {
            return replicas.isComplete(sequencer.batch())
                    ? end.waitsFor(sequencer.batch())
                    : Waiting.forGradientShare(rank, sequencer.batch());
        }
        return sequencer
                .missing()
                .map(input -> Waiting.forInput(input.stage(), input.kind(), input.microBatch(), sequencer.batch()))
                .orElse("rank " + rank + " waits for nothing");
    }

    @Override
    public List<StageSnapshot> snapshots(Arena arena) {
        return snapshots(arena, this::isFirstReplica);
    }

    @Override
    public List<StageSnapshot> liveSnapshots(Arena arena) {
        return snapshots(arena, _ -> true);
    }

    private List<StageSnapshot> snapshots(Arena arena, IntPredicate wanted) {
        List<StageSnapshot> snapshots = new ArrayList<>();
        models.forEach((stage, model) -> {
            if (wanted.test(stage)) {
                snapshots.add(new StageSnapshot(
                        stage,
                        new Snapshot(
                                model.optimizer().steps(),
                                model.state().weights(arena),
                                model.state().optimizerState(arena))));
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
