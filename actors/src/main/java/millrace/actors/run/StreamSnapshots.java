package millrace.actors.run;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import millrace.nn.weights.NamedTensor;
import millrace.nn.weights.PastWeights;
import millrace.nn.weights.StageWeights;
import millrace.schedule.stream.StreamSpec;
import millrace.schedule.stream.WeightPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots of a stream between two batches, and the way on from them. Micro-batches keep their numbers, so every formula
 * says what it would have said; only the order of work begins anew. Forwards that had been done beyond the snapshot are
 * done again, with the weights that they had used: those are saved with it. A greedy stream begins with the newest.
 *
 * <p>Under {@code stage.1.stream} a snapshot says, in Unicode, on what these formulas depend.
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
        StreamSpec spec = plan.stream().orElseThrow();
        int microBatches = plan.spec().microBatches();
        List<NamedTensor> state = new ArrayList<>(model.optimizerState(arena));
        state.addAll(model.streamState(arena, prefix(stage), needed(spec, stage, batches * microBatches)));
        state.add(new NamedTensor(termsName(stage), text(terms(spec, microBatches))));
        return new Snapshot(batches, model.weights(arena), state);
    }

    /** Lets a stage begin where the plan says: with the weights of its seed or of a file, or where a stream was saved. */
    public static void begin(RunPlan plan, int stage, StageModel model) {
        Start start = plan.start();
        if (start.step() > 0) {
            StreamSpec spec = plan.stream().orElseThrow();
            long microBatch = start.step() * plan.spec().microBatches();
            model.resume(start.tensors(), microBatch, prefix(stage), needed(spec, stage, microBatch));
        } else if (!start.tensors().isEmpty()) {
            model.restore(start.tensors(), 0);
        }
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

    /**
     * @throws IllegalArgumentException when a start behind the first batch is not that of such a stream
     */
    static void requireSame(Start start, StreamSpec spec, int microBatches) {
        String terms = terms(spec, microBatches);
        for (int stage = 0; start.step() > 0 && stage < spec.stages(); stage++) {
            String saved = text(start.tensors().get(termsName(stage)));
            if (saved == null) {
                throw new IllegalArgumentException("resume: batch " + start.step()
                        + " of a run with a flush, as one without (expected: the same kind of run);"
                        + " --init takes its weights alone");
            }
            if (!saved.equals(terms)) {
                throw new IllegalArgumentException("resume: " + terms + " (expected: " + saved
                        + ", as it was saved); set these, or take the weights alone with --init");
            }
        }
    }

    /**
     * @throws IllegalArgumentException when a start behind the first batch is that of a stream
     */
    static void requireNone(Start start) {
        if (start.step() > 0 && start.tensors().containsKey(termsName(0))) {
            throw new IllegalArgumentException("resume: batch " + start.step()
                    + " of a run without a flush, as one with (expected: the same kind of run); --init takes its"
                    + " weights alone");
        }
    }

    /** Everything that versions and steps depend on. */
    private static String terms(StreamSpec spec, int microBatches) {
        return spec.discipline().schedule() + ", stages " + spec.stages() + ", micro-batches " + microBatches
                + ", accumulate " + spec.accumulate() + ", allowance " + spec.allowance() + ", weights "
                + spec.policy().word() + ", synchronous micro-batches " + spec.synchronous();
    }

    private static String prefix(int stage) {
        return "stage." + stage;
    }

    private static String termsName(int stage) {
        return prefix(stage) + ".stream";
    }

    private static Tensor text(String text) {
        int[] codes = text.codePoints().toArray();
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(codes.length));
        for (int i = 0; i < codes.length; i++) {
            tensor.setInt(i, codes[i]);
        }
        return tensor;
    }

    private static @Nullable String text(@Nullable Tensor tensor) {
        if (tensor == null) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        for (long i = 0; i < tensor.shape().size(); i++) {
            int code = tensor.getInt(i);
            text.append(Character.isValidCodePoint(code) ? Character.toString(code) : "?");
        }
        return text.toString();
    }
}
