package millrace.actors.stage;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import millrace.actors.stage.StageProtocol.EvaluationId;
import millrace.nn.data.Dataset;
import millrace.nn.model.Evaluation;
import millrace.nn.model.Evaluator;
import millrace.nn.model.StageModel;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A rank's part in evaluating a data set: forwards only, chunk by chunk. The first stage sends a chunk only while
 * fewer than the window are in flight, which bounds every mailbox and pool behind it; the last stage's ChunkDone is
 * the credit.
 */
final class EvaluationPass {
    private final RankCore core;
    private final EvaluationId id;
    private final Dataset data;
    private final int chunks;
    private final Evaluator evaluator;
    private final Map<Integer, Tensor> outputs = new HashMap<>();
    private int credits;
    private int sent;
    private int finished;

    EvaluationPass(RankCore core, EvaluationId id, Dataset data, int window) {
        this.core = core;
        this.id = id;
        this.data = data;
        StageModel any = core.models().getFirst();
        this.chunks = any.chunks(data);
        this.evaluator = any.evaluator(data);
        this.credits = window;
    }

    /** Which evaluation this is. */
    EvaluationId id() {
        return id;
    }

    /** What a chunk leads to. */
    sealed interface Effect {
        /** An activation for the stage after. */
        record Activate(int stage, int chunk, Tensor tensor) implements Effect {}

        /** The last stage is through with so many chunks more: none when it waits for an earlier one. */
        record ChunksDone(int chunks) implements Effect {}
    }

    /** The first stage's next chunk, if it may be sent. */
    Optional<Effect> source() {
        if (!core.holds(0) || credits == 0 || sent == chunks) {
            return Optional.empty();
        }
        credits--;
        return Optional.of(forward(0, sent++, null));
    }

    /** Does one stage's part of a chunk, and those of the following stages on the same rank. */
    Effect forward(int stage, int chunk, @Nullable Tensor input) {
        StageModel model = core.model(stage);
        Tensor output = model.infer(data, chunk, input);
        if (model.isLast()) {
            outputs.put(chunk, output);
            return new Effect.ChunksDone(addedInOrder(model));
        }
        return core.holds(stage + 1)
                ? forward(stage + 1, chunk, output)
                : new Effect.Activate(stage + 1, chunk, output);
    }

    /** Chunks may overtake each other, but a sum of losses depends on its order. */
    private int addedInOrder(StageModel model) {
        int before = finished;
        for (Tensor output = outputs.remove(finished); output != null; output = outputs.remove(finished)) {
            evaluator.add(output, model.targets(data, finished));
            output.release();
            finished++;
        }
        return finished - before;
    }

    /** The last stage is through with a chunk. */
    void credit() {
        credits++;
    }

    /** The result, on the rank of the last stage once all chunks are through. */
    Optional<Evaluation> result() {
        return finished == chunks ? Optional.of(evaluator.result()) : Optional.empty();
    }
}
