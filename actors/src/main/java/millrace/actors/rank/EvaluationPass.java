package millrace.actors.rank;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import millrace.actors.rank.Packet.EvaluationActivation;
import millrace.actors.rank.Work.Outcome;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Evaluator;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.Tensor;
import millrace.schedule.Placement;
import org.jspecify.annotations.Nullable;

/**
 * A rank's part in evaluating a data set: forwards only, chunk by chunk. Where the line has replicas they take chunks in turn:
 * replica r of R has the chunks r, r + R, r + 2R, and so on. The last stages send what comes out to that of the first
 * replica, which adds it up in the order of the chunks; so a result does not depend on the number of replicas. A first stage
 * sends a chunk only while fewer than the window are in flight in its replica, which bounds every mailbox and pool behind it;
 * the {@link ChunkDone} of the rank that adds up is the credit. A chunk that comes a second time counts for nothing.
 */
final class EvaluationPass {
    private final TrainingCore core;
    private final EvaluationId id;
    private final Dataset data;
    private final int chunks;
    private final Evaluator evaluator;
    private final Line line;
    private final Map<Integer, Tensor> outputs = new HashMap<>();
    // chunks that have come, for each stage that gets them from another rank; under the number of stages what comes out
    // of the line
    private final Map<Integer, BitSet> arrived = new TreeMap<>();
    // how many are to come in all, of all stages together
    private final long expected;
    // of these, what is still to be done, in the order of arrival
    private final Deque<EvaluationActivation> waiting = new ArrayDeque<>();
    private boolean begun;
    // the next chunk that this rank's first stage sends
    private int next;
    private int through;
    private int finished;

    /**
     * What a pass knows of the rest of the line.
     *
     * @param rank that this is the part of
     * @param window chunks in flight in a replica
     */
    record Line(Placement placement, int rank, long runEpoch, int window) {
        private int replicas() {
            return placement.replicas().size();
        }

        /** The rank where a stage does a chunk. */
        private int rankOf(int stage, int chunk) {
            return placement.ranksOf(stage).get(chunk % replicas());
        }

        private boolean holds(int stage) {
            return placement.stagesOf(rank).contains(stage);
        }

        /** The rank that adds up what comes out: the first replica's last. */
        private int addingUp() {
            return rankOf(placement.stages() - 1, 0);
        }
    }

    /** @param core that has the models of the rank's stages */
    EvaluationPass(TrainingCore core, EvaluationId id, Dataset data, Line line) {
        this.core = core;
        this.id = id;
        this.data = data;
        this.line = line;
        StageModel any = core.models().getFirst();
        this.chunks = any.compute().chunks(data);
        this.evaluator = Evaluator.of(any.spec(), data);
        Placement placement = line.placement();
        this.next = line.holds(0) ? placement.replicaOn(line.rank(), 0) : 0;
        for (int stage : placement.stagesOf(line.rank())) {
            if (stage > 0 && line.rankOf(stage - 1, placement.replicaOn(line.rank(), stage)) != line.rank()) {
                arrived.put(stage, new BitSet(chunks));
            }
        }
        if (line.addingUp() == line.rank() && line.replicas() > 1) {
            arrived.put(placement.stages(), new BitSet(chunks));
        }
        this.expected = arrived.keySet().stream()
                .mapToLong(stage -> IntStream.range(0, chunks)
                        .filter(chunk -> comesTo(stage, chunk))
                        .count())
                .sum();
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
        if (here == null || chunk >= chunks || !comesTo(packet.stage(), chunk)) {
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

    /** Whether a chunk comes here from another rank, for a stage or, behind the last one, to be added up. */
    private boolean comesTo(int stage, int chunk) {
        return stage == line.placement().stages()
                ? chunk % line.replicas() != 0
                : line.rankOf(stage, chunk) == line.rank();
    }

    /** The next chunk: one that has come, or on the first stage one of the set, if it may be sent. */
    Optional<Work> work() {
        EvaluationActivation packet = waiting.poll();
        if (packet != null) {
            return Optional.of(
                    packet.stage() == line.placement().stages()
                            ? cameOut(packet.chunk(), packet.tensor())
                            : forward(packet.stage(), packet.chunk(), packet.tensor()));
        }
        if (!begun || !line.holds(0) || next >= chunks || next - through >= line.window() * line.replicas()) {
            return Optional.empty();
        }
        int chunk = next;
        next += line.replicas();
        return Optional.of(forward(0, chunk, null));
    }

    /** Does one stage's part of a chunk, and those of the following stages on the same rank. */
    private Work forward(int stage, int chunk, @Nullable Tensor input) {
        StageModel model = core.model(stage);
        Tensor output = model.evaluation().during(() -> model.compute().infer(data, chunk, input));
        int following = stage + 1;
        if (model.isLast() && line.addingUp() == line.rank()) {
            return cameOut(chunk, output);
        }
        int to = model.isLast() ? line.addingUp() : line.rankOf(following, chunk);
        return to == line.rank()
                ? forward(following, chunk, output)
                : work(
                        stage,
                        chunk,
                        List.of(new Work.Send(
                                to, new EvaluationActivation(line.runEpoch(), following, id, chunk, output))),
                        Optional.empty());
    }

    /** A chunk has come out of the line; all first stages are told how many have. */
    private Work cameOut(int chunk, Tensor output) {
        int last = line.placement().stages() - 1;
        outputs.put(chunk, output);
        addInOrder(core.model(last));
        List<Work.Send> credits = line.placement().ranksOf(0).stream()
                .map(rank -> new Work.Send(rank, new ChunkDone(id, finished)))
                .toList();
        return work(last, chunk, credits, result());
    }

    private Work work(int stage, int chunk, List<Work.Send> sends, Optional<Evaluation> result) {
        return new Work(
                id.number(),
                new Task.Evaluate(stage, chunk),
                null,
                sends,
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

    /** So many chunks have come out of the line and were added up, whichever replicas they went through. */
    void credit(int chunksDone) {
        if (chunksDone > Math.min(next, chunks)) {
            throw new IllegalStateException("chunks through: " + chunksDone + " of " + id + " (expected: at most "
                    + Math.min(next, chunks) + ", as were sent)");
        }
        through = Math.max(through, chunksDone);
    }

    /** Whether the rank has done its part; a first stage's is done when all chunks are through the line. */
    boolean isDone() {
        boolean asked = begun || !arrived.isEmpty();
        boolean sentAll = !line.holds(0) || through == chunks;
        return asked
                && sentAll
                && waiting.isEmpty()
                && arrived.values().stream().mapToLong(BitSet::cardinality).sum() == expected;
    }

    /** The first chunk that comes to a stage and is not here; the number of chunks where all are. */
    private int firstMissing(int stage) {
        BitSet here = Objects.requireNonNull(arrived.get(stage));
        int chunk = here.nextClearBit(0);
        while (chunk < chunks && !comesTo(stage, chunk)) {
            chunk = here.nextClearBit(chunk + 1);
        }
        return Math.min(chunk, chunks);
    }

    /** What the rank waits for; empty when it has done its part. */
    Optional<String> waitsFor() {
        int stage = -1;
        int chunk = chunks;
        for (int receiver : arrived.keySet()) {
            int missing = firstMissing(receiver);
            stage = missing < chunk ? Math.min(receiver, line.placement().stages() - 1) : stage;
            chunk = Math.min(chunk, missing);
        }
        if (stage >= 0) {
            return Optional.of(Waiting.forChunk(stage, chunk, id.set()));
        }
        return line.holds(0) && through < chunks
                ? Optional.of(Waiting.forCredit(through, chunks, id.set()))
                : Optional.empty();
    }

    /** The result, once all chunks are through. */
    private Optional<Evaluation> result() {
        return finished == chunks ? Optional.of(evaluator.result()) : Optional.empty();
    }
}
