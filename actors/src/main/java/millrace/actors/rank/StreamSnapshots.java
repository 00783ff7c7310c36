package millrace.actors.rank;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Snapshot;
import millrace.actors.plan.Start;
import millrace.actors.plan.StreamTerms;
import millrace.nn.stage.StageModel;
import millrace.nn.weights.NamedTensor;
import millrace.nn.weights.PastWeights;
import millrace.nn.weights.StageWeights;
import millrace.schedule.order.Flushed;
import millrace.schedule.order.Streamed;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;

/**
 * Snapshots of a stream between two batches, and the way on from them. Micro-batches keep their numbers, so every formula
 * says what it would have said; only the order of work begins anew. Forwards that had been done beyond the snapshot are
 * done again, with the weights that they had used: those are saved with it. A greedy stream begins with the newest.
 *
 * <p>With it goes on what these formulas depend ({@link StreamTerms}).
 */
public final class StreamSnapshots {
    private StreamSnapshots() {}

    /**
     * A stage's part of a snapshot.
     *
     * @param arena where the copies live
     * @param model has done the backwards of all micro-batches of so many batches and the steps after them, no more
     * @throws IllegalStateException when weights that it needs have been given up
     */
    public static Snapshot of(RunPlan plan, int stage, long batches, StageModel model, Arena arena) {
        Streamed order = order(plan);
        Set<PastWeights> needed = needed(order.spec(), stage, batches * order.microBatchesOfReplica());
        List<NamedTensor> state = new ArrayList<>(model.state().optimizerState(arena));
        state.addAll(model.state().streamState(arena, prefix(stage), needed));
        state.add(StreamTerms.saved(order, stage));
        return new Snapshot(batches, model.state().weights(arena), state);
    }

    /** Lets a stage begin where the plan says: with the weights of its seed or of a file, or where a stream was saved. */
    public static void begin(RunPlan plan, int stage, StageModel model) {
        Start start = plan.start();
        if (start.step() > 0) {
            Streamed order = order(plan);
            Set<PastWeights> needed = needed(order.spec(), stage, start.step() * order.microBatchesOfReplica());
            model.state().resume(start.tensors(), start.step() * order.microBatches(), prefix(stage), needed);
        } else if (!start.tensors().isEmpty()) {
            model.state().restore(start.tensors(), 0);
        }
    }

    /** The order of a plan that is known to be a stream's. */
    public static Streamed order(RunPlan plan) {
        return switch (plan.order()) {
            case Streamed streamed -> streamed;
            case Flushed flushed ->
                throw new IllegalStateException("order: " + flushed.name() + " (expected: that of a stream)");
        };
    }

    /** Older weights that the forwards from a micro-batch on use, whose backwards are all still to come. */
    private static Set<PastWeights> needed(StreamSpec spec, int stage, long microBatch) {
        Set<PastWeights> needed = new LinkedHashSet<>();
        long newest = microBatch / spec.accumulate();
        for (long m = microBatch; !spec.isGreedy() && spec.forwardVersion(stage, m) < newest; m++) {
            needed.add(weights(spec, stage, m));
        }
        return needed;
    }

    /** The weights of a forward of a strict stream. */
    public static PastWeights weights(StreamSpec spec, int stage, long microBatch) {
        return new PastWeights(spec.forwardVersion(stage, microBatch), spec.lookAhead(stage, microBatch));
    }

    /**
     * Keeps the predictions from the newest version that forwards will use after further steps: later the optimizer has
     * moved on.
     *
     * @param from the first of those forwards
     */
    public static void keepPredictions(StreamSpec spec, int stage, StageWeights weights, long from) {
        if (spec.policy() != WeightPolicy.PREDICT) {
            return;
        }
        for (long m = from; spec.forwardVersion(stage, m) <= weights.newest(); m++) {
            if (spec.forwardVersion(stage, m) == weights.newest()) {
                weights.keepPrediction(spec.lookAhead(stage, m));
            }
        }
    }

    private static String prefix(int stage) {
        return "stage." + stage;
    }
}
