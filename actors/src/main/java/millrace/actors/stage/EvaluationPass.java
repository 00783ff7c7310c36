package millrace.actors.stage;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
 * the credit. A chunk that comes a second time counts for nothing.
 */
final class EvaluationPass {
    private final RankCore core;
    private final List<Integer> stages;
    private final EvaluationId id;
    private final Dataset data;
    private final int chunks;
    private final Evaluator evaluator;
    private final Map<Integer, Tensor> outputs = new HashMap<>();
    // chunks that have come, for each stage that gets them from another rank
    private final Map<Integer, BitSet> arrived = new TreeMap<>();
    private final int window;
    private int sent;
    private int through;
    private int finished;

    /**
     * @param stages that the rank evaluates, ascending: those that it holds in their first replica
     * @param window chunks in flight
     */
    EvaluationPass(RankCore core, List<Integer> stages, EvaluationId id, Dataset data, int window) {
        this.core = core;
        this.stages = stages;
        this.id = id;
        this.data = data;
        StageModel any = core.models().getFirst();
        this.chunks = any.chunks(data);
        this.evaluator = any.evaluator(data);
        this.window = window;
        for (int stage : stages) {
            if (stage > 0 && !stages.contains(stage - 1)) {
                arrived.put(stage, new BitSet(chunks));
            }
        }
    }

    /** Which evaluation this is. */
    EvaluationId id() {
        return id;
    }

    /** What a chunk leads to. */
    sealed interface Effect {
        /** An activation for the stage after. */
        record Activate(int stage, int chunk, Tensor tensor) implements Effect {}

        /** The last stage is through with so many chunks in all. */
        record ChunksDone(int through) implements Effect {}
    }

    /** Notes a chunk from another rank; false when it was here already. */
    boolean arrived(int stage, int chunk) {
        BitSet here = arrived.get(stage);
        if (here == null || chunk >= chunks) {
            throw new IllegalStateException("chunk " + chunk + " of " + id + " for stage " + stage
                    + " (expected: below " + chunks + ", for one of the stages " + arrived.keySet() + ")");
        }
        boolean once = !here.get(chunk);
        here.set(chunk);
        return once;
    }

    /** The first stage's next chunk, if it may be sent. */
    Optional<Effect> source() {
        if (!stages.contains(0) || sent - through == window || sent == chunks) {
            return Optional.empty();
        }
        return Optional.of(forward(0, sent++, null));
    }

    /** Does one stage's part of a chunk, and those of the following stages on the same rank. */
    Effect forward(int stage, int chunk, @Nullable Tensor input) {
        StageModel model = core.model(stage);
        Tensor output = model.infer(data, chunk, input);
        if (model.isLast()) {
            outputs.put(chunk, output);
            addInOrder(model);
            return new Effect.ChunksDone(finished);
        }
        return stages.contains(stage + 1)
                ? forward(stage + 1, chunk, output)
                : new Effect.Activate(stage + 1, chunk, output);
    }

    /** Chunks may overtake each other, but a sum of losses depends on its order. */
    private void addInOrder(StageModel model) {
        for (Tensor output = outputs.remove(finished); output != null; output = outputs.remove(finished)) {
            evaluator.add(output, model.targets(data, finished));
            output.release();
            finished++;
        }
    }

    /** The last stage is through with so many chunks. */
    void credit(int chunksDone) {
        if (chunksDone > sent) {
            throw new IllegalStateException(
                    "chunks through: " + chunksDone + " of " + id + " (expected: at most " + sent + ", as were sent)");
        }
        through = Math.max(through, chunksDone);
    }

    /** What the rank waits for; empty when it has done its part. */
    Optional<String> waitsFor() {
        int stage = -1;
        int chunk = chunks;
        for (Map.Entry<Integer, BitSet> entry : arrived.entrySet()) {
            int missing = entry.getValue().nextClearBit(0);
            stage = missing < chunk ? entry.getKey() : stage;
            chunk = Math.min(chunk, missing);
        }
        if (stage >= 0) {
            return Optional.of(Waiting.forChunk(stage, chunk, id.set()));
        }
        return stages.contains(0) && through < chunks
                ? Optional.of(Waiting.forCredit(through, chunks, id.set()))
                : Optional.empty();
    }

    /** The result, on the rank of the last stage once all chunks are through. */
    Optional<Evaluation> result() {
        return finished == chunks ? Optional.of(evaluator.result()) : Optional.empty();
    }
}
