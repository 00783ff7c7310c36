package millrace.actors.rank;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Work.Outcome;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Evaluator;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A rank's part in evaluating a data set: forwards only, chunk by chunk. The first stage sends a chunk only while
 * fewer than the window are in flight, which bounds every mailbox and pool behind it; the last stage's {@link ChunkDone}
 * is the credit. A chunk that comes a second time counts for nothing.
 */
final class EvaluationPass {
    private final TrainingCore core;
    private final List<Integer> stages;
    private final EvaluationId id;
    private final Dataset data;
    private final int chunks;
    private final Evaluator evaluator;
    private final Map<Integer, Tensor> outputs = new HashMap<>();
    // chunks that have come, for each stage that gets them from another rank
    private final Map<Integer, BitSet> arrived = new TreeMap<>();
    // of these, what is still to be done, in the order of arrival
    private final Deque<EvaluationActivation> waiting = new ArrayDeque<>();
    private final Line line;
    private boolean begun;
    private int sent;
    private int through;
    private int finished;

    /**
     * What a pass knows of the rest of the line.
     *
     * @param rankOf the rank that evaluates a stage
     * @param window chunks in flight
     */
    record Line(IntUnaryOperator rankOf, long runEpoch, int window) {}

    /**
     * @param core that has the models of the rank's stages
     * @param stages that the rank evaluates, ascending: those that it holds in their first replica
     */
    EvaluationPass(TrainingCore core, List<Integer> stages, EvaluationId id, Dataset data, Line line) {
        this.core = core;
        this.stages = stages;
        this.id = id;
        this.data = data;
        this.line = line;
        StageModel any = core.models().getFirst();
        this.chunks = any.compute().chunks(data);
        this.evaluator = Evaluator.of(any.spec(), data);
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

    /** The trainer has asked for it: the first stage may send chunks. */
    void begin() {
        begun = true;
    }

    /** Puts aside a chunk from another rank; false when it was here already. */
    boolean arrived(EvaluationActivation packet) {
        int chunk = packet.chunk();
        BitSet here = arrived.get(packet.stage());
        if (here == null || chunk >= chunks) {
            throw new IllegalStateException("chunk " + chunk + " of " + id + " for stage " + packet.stage()
                    + " (expected: below " + chunks + ", for one of the stages " + arrived.keySet() + ")");
        }
        boolean once = !here.get(chunk);
        here.set(chunk);
        if (once) {
            waiting.add(packet);
        }
        return once;
    }

    /** The next chunk: one that has come, or on the first stage one of the set, if it may be sent. */
    Optional<Work> work() {
        EvaluationActivation next = waiting.poll();
        if (next != null) {
            return Optional.of(forward(next.stage(), next.chunk(), next.tensor()));
        }
        boolean sends = begun && stages.contains(0) && sent - through < line.window() && sent < chunks;
        return sends ? Optional.of(forward(0, sent++, null)) : Optional.empty();
    }

    /** Does one stage's part of a chunk, and those of the following stages on the same rank. */
    private Work forward(int stage, int chunk, @Nullable Tensor input) {
        StageModel model = core.model(stage);
        Tensor output = model.evaluation().during(() -> model.compute().infer(data, chunk, input));
        if (model.isLast()) {
            outputs.put(chunk, output);
            addInOrder(model);
            return work(stage, chunk, 0, new ChunkDone(id, finished), result());
        }
        int next = stage + 1;
        return stages.contains(next)
                ? forward(next, chunk, output)
                : work(
                        stage,
                        chunk,
                        next,
                        new EvaluationActivation(line.runEpoch(), next, id, chunk, output),
                        Optional.empty());
    }

    private Work work(int stage, int chunk, int toStage, LineMessage message, Optional<Evaluation> result) {
        return new Work(
                id.number(),
                new Task.Evaluate(stage, chunk),
                null,
                List.of(new Work.Send(line.rankOf().applyAsInt(toStage), message)),
                result.<List<Outcome>>map(found -> List.of(new Outcome.EvaluationDone(found)))
                        .orElse(List.of()));
    }

    /** Chunks may overtake each other, but a sum of losses depends on its order. */
    private void addInOrder(StageModel model) {
        for (Tensor output = outputs.remove(finished); output != null; output = outputs.remove(finished)) {
            evaluator.add(output, model.compute().targets(data, finished));
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

    /** Whether the rank has done its part; the first stage's is done when all chunks are through the line. */
    boolean isDone() {
        boolean asked = begun || !arrived.isEmpty();
        boolean sentAll = !stages.contains(0) || through == chunks;
        return asked
                && sentAll
                && waiting.isEmpty()
                && arrived.values().stream().allMatch(here -> here.cardinality() == chunks);
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
    private Optional<Evaluation> result() {
        return finished == chunks ? Optional.of(evaluator.result()) : Optional.empty();
    }
}
