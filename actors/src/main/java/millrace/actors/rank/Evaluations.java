package millrace.actors.rank;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.nn.data.Dataset;
import millrace.nn.stage.StageModel;
import org.jspecify.annotations.Nullable;

/**
 * The evaluations that a rank has a part in, one after the other. Each is of the weights after so many batches: when the rank
 * has done these, it holds its weights as they are, and they are held until all evaluations of them are done, whether or not
 * the rank trains on meanwhile.
 */
final class Evaluations {
    private static final long NOTHING = -1;

    private final TrainingCore training;
    private final EvaluationPass.Line line;
    private final Function<String, @Nullable Dataset> data;
    // those that are not done, by number; begun by whichever message comes first
    private final NavigableMap<Long, EvaluationPass> open = new TreeMap<>();
    private long lastDone;
    private long heldAfter = NOTHING;

    /**
     * @param data the run's sets by name
     */
    Evaluations(TrainingCore training, EvaluationPass.Line line, Function<String, @Nullable Dataset> data) {
        this.training = training;
        this.line = line;
        this.data = data;
    }

    /** As {@link RankCore#evaluate}. */
    void begin(EvaluationId id) {
        if (id.number() > lastDone) {
            boolean _ = training.standsAfter(id.step());
            pass(id).begin();
            closeDone();
        }
    }

    /** A chunk of another rank is here; false, and given up, when it was here before. */
    boolean arrived(EvaluationActivation chunk) {
        boolean needed = chunk.id().number() > lastDone && pass(chunk.id()).arrived(chunk);
        if (!needed) {
            chunk.tensor().release();
        }
        return needed;
    }

    /** A credit may come after its evaluation is over: then it counts for nothing. */
    boolean credit(ChunkDone credit) {
        EvaluationPass pass = open.get(credit.id().number());
        if (pass != null) {
            pass.credit(credit.through());
            closeDone();
        }
        return pass != null;
    }

    private EvaluationPass pass(EvaluationId id) {
        return open.computeIfAbsent(id.number(), _ -> {
            Dataset set = data.apply(id.set());
            if (set == null) {
                throw new IllegalStateException("set " + id.set() + " (expected: one that the run's plan has)");
            }
            return new EvaluationPass(training, id, set, line);
        });
    }

    /**
     * Holds the weights where an evaluation is of those that the rank has now; to be asked before each piece of training.
     *
     * @return false where the rank may not train on: other weights are held still
     */
    boolean letTrain() {
        for (EvaluationPass pass : open.values()) {
            long step = pass.id().step();
            if (step != heldAfter) {
                if (!training.standsAfter(step)) {
                    return true;
                }
                if (heldAfter != NOTHING) {
                    return false;
                }
                training.models().forEach(model -> model.evaluation().hold());
                heldAfter = step;
            }
        }
        return true;
    }

    /** The next chunk of the first evaluation that is not done, if it is here and the weights are held. */
    Optional<Work> work() {
        Optional<Work> work = current().flatMap(EvaluationPass::work);
        if (work.isPresent()) {
            closeDone();
        }
        return work;
    }

    /** What the evaluation that is under way waits for; empty when there is none. */
    Optional<String> waitsFor() {
        return current().flatMap(EvaluationPass::waitsFor);
    }

    private Optional<EvaluationPass> current() {
        Map.Entry<Long, EvaluationPass> first = open.firstEntry();
        return first == null || first.getValue().id().step() != heldAfter
                ? Optional.empty()
                : Optional.of(first.getValue());
    }

    private void closeDone() {
        while (!open.isEmpty() && open.firstEntry().getValue().isDone()) {
            lastDone = open.pollFirstEntry().getKey();
        }
        if (heldAfter != NOTHING && current().isEmpty()) {
            training.models().stream().map(StageModel::evaluation).forEach(held -> held.release());
            heldAfter = NOTHING;
        }
    }
}
