package millrace.actors.stage;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import millrace.actors.manifest.Manifest.FileEntry;
import millrace.actors.run.Snapshot;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.Staleness;
import millrace.nn.model.Evaluation;
import millrace.nn.model.LossSum;
import millrace.nn.model.NamedTensor;
import millrace.nn.tensor.Tensor;

/**
 * What a stage actor is told, and what it reports. A message that carries a tensor owns one hold of it; the receiver
 * gives it up, or the serializer when the message leaves the JVM.
 */
public interface StageProtocol {
    /** Anything a stage actor takes. */
    sealed interface Command {}

    /** What the trainer and the line's last stage tell. */
    sealed interface Control extends Command {}

    /** What stays on the node. */
    sealed interface Local extends Control, NoSerializationVerificationNeeded {}

    /** What one stage sends another: the messages of the line itself. */
    sealed interface Packet extends Command {
        /** Run epoch: packets of an earlier one are dropped. */
        long runEpoch();

        /** The stage it is for. */
        int stage();

        /** The payload. */
        Tensor tensor();

        /** The packet with a payload of its own, as if it had come over a network. */
        Packet copy();
    }

    /** The stage before has done its forward. */
    record Activation(long runEpoch, int stage, long step, int microBatch, Tensor tensor) implements Packet {
        @Override
        public Activation copy() {
            return new Activation(runEpoch, stage, step, microBatch, tensor.copy());
        }
    }

    /** The stage after has done its backward-input. */
    record ErrorDelta(long runEpoch, int stage, long step, int microBatch, Tensor tensor) implements Packet {
        @Override
        public ErrorDelta copy() {
            return new ErrorDelta(runEpoch, stage, step, microBatch, tensor.copy());
        }
    }

    /** Another stage's share of the gradient of a weight that both have, for the step at the end of a batch. */
    record TiedGradient(long runEpoch, int stage, long step, Tensor tensor) implements Packet {
        @Override
        public TiedGradient copy() {
            return new TiedGradient(runEpoch, stage, step, tensor.copy());
        }
    }

    /**
     * A replica's gradients of a whole stage, for the step at the end of a batch.
     *
     * @param replica whose they are
     */
    record ReplicaGradient(long runEpoch, int stage, int replica, long step, Tensor tensor) implements Packet {
        @Override
        public ReplicaGradient copy() {
            return new ReplicaGradient(runEpoch, stage, replica, step, tensor.copy());
        }
    }

    /**
     * One evaluation of a set. Packets carry it, because an activation may overtake the trainer's {@link Evaluate}:
     * Akka keeps the order only between one sender and one receiver.
     *
     * @param number ascending within a run
     */
    record EvaluationId(long number, String set) {}

    /** The stage before has done its part of a chunk of an evaluation. */
    record EvaluationActivation(long runEpoch, int stage, EvaluationId id, int chunk, Tensor tensor) implements Packet {
        @Override
        public EvaluationActivation copy() {
            return new EvaluationActivation(runEpoch, stage, id, chunk, tensor.copy());
        }
    }

    /**
     * Wires the line.
     *
     * @param ranks the actor of each rank
     * @param observer who gets the reports
     */
    record Connect(List<ActorRef<Command>> ranks, ActorRef<Report> observer) implements Local {}

    /**
     * Steps may be made until so many are done.
     *
     * @param rateScale what the learning rate of those that were not allowed before is multiplied by
     */
    record Advance(long untilStep, double rateScale) implements Control {}

    /**
     * The gradient of a batch as a whole, for stages that clip by it: they step when they know it.
     *
     * @param step batches made when this one is
     * @param squares sum of squares over all parameters
     */
    record GradientNorm(long step, double squares) implements Control {}

    /** Evaluate a set; every rank gets it, and all have finished their steps. */
    record Evaluate(EvaluationId id) implements Control {}

    /**
     * The last stage is through with a chunk: the first may send another.
     *
     * @param through chunks that it is through with in all, so that a message lost or delivered twice gives no wrong credit
     */
    record ChunkDone(EvaluationId id, int through) implements Control {}

    /**
     * Report what you wait for. A stage that computes does so afterwards.
     *
     * @param round repeated in the answer
     */
    record AskPosition(long round) implements Control {}

    /**
     * Report a snapshot.
     *
     * @param gradients whether with the gradients
     */
    record TakeSnapshot(boolean gradients) implements Local {}

    /**
     * A marker in the stream of grants: after so many steps every stage writes what it has then, while it goes on. Told
     * before any step beyond is granted, so all stages are cut at the same place, and nobody stops for it.
     *
     * @param folder where each stage writes its files
     */
    record Cut(long step, String folder) implements Control {}

    /** Check that every buffer came back, and report. */
    record Drain() implements Control {}

    /** What a stage actor reports. */
    interface Report {}

    /** Reports that stay on the node. */
    interface LocalReport extends Report, NoSerializationVerificationNeeded {}

    /**
     * The last stage finished a batch, or a replica of it its part.
     *
     * @param step batches made
     */
    record StepDone(long step, int replica, LossSum loss) implements Report {}

    /**
     * A rank has all gradients of a batch. Each parameter's sum travels, not the stage's: see
     * {@link millrace.nn.optimizer.GradientGuard#sum}.
     *
     * @param step batches made when this one is
     * @param squares by stage the sum of squares of each parameter's gradient, in the order of the layers
     */
    record GradientSquares(int rank, long step, NavigableMap<Integer, List<Double>> squares) implements Report {}

    /** A rank has made all the steps it was granted. */
    record Reached(int rank, long step) implements Report {}

    /** The evaluation asked for. */
    record Evaluated(Evaluation evaluation) implements Report {}

    /**
     * Where a rank is that waits.
     *
     * @param round of the question
     * @param handled messages it has handled so far, not counting {@link AskPosition}
     * @param underWay whether an emulated link still carries messages from it
     * @param waitsFor as one says it
     */
    record Position(long round, int rank, long handled, boolean underWay, String waitsFor) implements Report {}

    /** The snapshot asked for, stage by stage of the rank. */
    record SnapshotTaken(int rank, List<StageSnapshot> stages) implements LocalReport {}

    /** A rank has written its part of a cut. */
    record ShardsWritten(int rank, long step, List<FileEntry> files) implements Report {}

    /** A rank could not write its part of a cut. */
    record CutFailed(int rank, long step, String reason) implements Report {}

    /** One stage's part of a snapshot. */
    record StageSnapshot(int stage, Snapshot snapshot) {
        /** The same with gradients. */
        StageSnapshot with(List<NamedTensor> gradients) {
            return new StageSnapshot(stage, snapshot.withGradients(gradients));
        }
    }

    /**
     * Every buffer came back.
     *
     * @param peakActivations the most that the rank held, in micro-batches of its whole share
     * @param peakBytes the most bytes held for backwards, by stage
     * @param duplicates packets that came a second time and were given up
     * @param skippedSteps optimizer steps left out, by stage
     */
    record Drained(
            int rank,
            double peakActivations,
            NavigableMap<Integer, Long> peakBytes,
            long duplicates,
            Optional<Staleness> staleness,
            NavigableMap<Integer, Long> skippedSteps,
            RankTrace trace)
            implements Report {}
}
