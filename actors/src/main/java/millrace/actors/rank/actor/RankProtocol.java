package millrace.actors.rank.actor;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import java.util.List;
import millrace.actors.rank.EvaluationId;
import millrace.actors.rank.LineMessage;
import millrace.actors.rank.StepWord;

/** What the actor of a rank is told. */
public interface RankProtocol {
    /** Anything that it takes. */
    sealed interface Command {}

    /** What another rank has sent; it owns the hold of its tensor ({@link millrace.actors.rank.Packet}). */
    record FromRank(LineMessage message) implements Command {}

    /** What the trainer tells. */
    sealed interface Control extends Command {}

    /** What stays on the node. */
    sealed interface Local extends Control, NoSerializationVerificationNeeded {}

    /**
     * Wires the line.
     *
     * @param ranks the actor of each rank
     * @param trainer who gets the reports
     */
    record Connect(List<ActorRef<Command>> ranks, ActorRef<TrainerProtocol.Message> trainer) implements Local {}

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

    /** All ranks can make a step: make it; where ranks step together. */
    record StepNow(StepWord word) implements Control {}

    /**
     * Evaluate a set with the weights after so many steps, as {@link EvaluationId} says; every rank gets it before any step
     * beyond is granted.
     */
    record Evaluate(EvaluationId id) implements Control {}

    /**
     * Report what you wait for. A rank that computes does so afterwards.
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

    /** Go on with what waits: the rank tells itself, where messages that have come meanwhile are to be handled first. */
    record GoOn() implements Local {}

    /** Check that every buffer came back, and report. */
    record Drain() implements Control {}
}
