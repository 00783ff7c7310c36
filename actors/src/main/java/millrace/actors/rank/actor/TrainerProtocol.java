package millrace.actors.rank.actor;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import millrace.actors.rank.RankFigures;
import millrace.actors.rank.StageSnapshot;
import millrace.actors.trace.RankTrace;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.nn.infer.Evaluation;
import millrace.nn.stage.LossSum;

/** What the trainer of a line is told: by the ranks, by whoever runs it, and by itself. */
public interface TrainerProtocol {
    /** Anything that it takes. */
    sealed interface Message {}

    /** What ranks report. */
    sealed interface Report extends Message {}

    /** What stays on the node. */
    sealed interface Local extends Message, NoSerializationVerificationNeeded {}

    /**
     * A rank with the last stage is through with a batch, or with its replica's part of it.
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

    /**
     * A rank has all that comes into a step, and makes it when it is told to: where ranks step together.
     *
     * @param step batches made when it is
     * @param replica of the line whose last stage the rank holds; empty where it holds none
     * @param loss of that replica's part of the batch
     */
    record Ready(int rank, long step, OptionalInt replica, LossSum loss) implements Report {}

    /** A rank has made all the steps it was granted. */
    record Reached(int rank, long step) implements Report {}

    /** The evaluation asked for. */
    record Evaluated(Evaluation evaluation) implements Report {}

    /**
     * Where a rank is that waits.
     *
     * @param round of the question
     * @param handled messages it has handled so far, not counting {@link RankProtocol.AskPosition}
     * @param underWay whether something that it has begun is still to come: messages on an emulated link, or its part of a
     *     checkpoint
     * @param waitsFor as one says it
     */
    record Position(long round, int rank, long handled, boolean underWay, String waitsFor, Pace pace)
            implements Report {
        /** Of a rank that says nothing of its pace. */
        public Position(long round, int rank, long handled, boolean underWay, String waitsFor) {
            this(round, rank, handled, underWay, waitsFor, Pace.NONE);
        }
    }

    /**
     * How fast a rank is.
     *
     * @param waitingNanos since it has last done something
     * @param busyNanos that it has worked since its run epoch began
     * @param batches that it has made in this time
     */
    record Pace(long waitingNanos, long busyNanos, long batches) {
        /** Nothing is known. */
        public static final Pace NONE = new Pace(0, 0, 0);
    }

    /**
     * What the ranks wait for, and how fast they are.
     *
     * @param positions of the ranks that have answered, ascending; not all of them where one computes for long
     * @param before what they had done at an earlier time, by rank; none for those that had not been asked
     */
    record LineTold(List<Position> positions, Map<Integer, Pace> before) {}

    /** What do the ranks wait for? */
    record AskLine(ActorRef<LineTold> replyTo) implements Local {}

    /** It is time to answer that with what there is. */
    record LineDue() implements Local {}

    /** A rank has written its part of a cut. */
    record ShardsWritten(int rank, long step, List<FileEntry> files) implements Report {}

    /** A rank could not write its part of a cut. */
    record CutFailed(int rank, long step, String reason) implements Report {}

    /** Every buffer came back. */
    record Drained(int rank, RankFigures figures, RankTrace trace) implements Report {}

    /** The snapshot asked for, stage by stage of the rank. */
    record SnapshotTaken(int rank, List<StageSnapshot> stages) implements Local {}

    /** The line is connected: let a trainer begin that waits for it. */
    record Begin() implements Local {}

    /** End the run after the steps that are under way. */
    record Interrupt() implements Local {}

    /** Make a checkpoint as soon as one can be made, where the run is saved at all. */
    record SaveSoon() implements Local {}

    /** It is time to look whether the run waits for ever. */
    record StallCheckDue() implements Local {}

    /** A checkpoint is complete and on the disk. */
    record Committed() implements Local {}

    /** A checkpoint could not be completed. */
    record CommitFailed(Throwable cause) implements Local {}

    /** The wait after a checkpoint that could not be saved is over. */
    record SaveAgainDue() implements Local {}
}
