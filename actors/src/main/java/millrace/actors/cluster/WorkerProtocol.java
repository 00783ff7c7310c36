package millrace.actors.cluster;

import akka.Done;
import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import millrace.actors.rank.StepWord;
import millrace.actors.rank.actor.RankProtocol;
import millrace.actors.rank.actor.TrainerProtocol;
import millrace.actors.transport.TransportProtocol;

/** What a worker is told. */
public interface WorkerProtocol {
    /** Under which workers are found. */
    ServiceKey<Command> KEY = ServiceKey.create(Command.class, "millrace-worker");

    /** Anything a worker takes. */
    sealed interface Command {}

    /** What it is told on its own node. */
    sealed interface Local extends Command, NoSerializationVerificationNeeded
            permits Leave, Worker.RanksMade, Worker.RanksNotMade, Worker.TriedOut {}

    /**
     * The node is about to leave: the ranks drain first.
     *
     * @param announce tells whoever gives workers to runs that this one wants to go
     * @param replyTo told when nothing is left here that anybody needs
     */
    record Leave(Consumer<ActorRef<Command>> announce, ActorRef<Done> replyTo) implements Local {}

    /** Who are you, and which run do you know? */
    record AskWorker(ActorRef<CoordinatorProtocol.WorkerHere> replyTo) implements Command {}

    /**
     * Have the files that an order names: find them on your node, or fetch them. Whoever has ordered the run may be gone when
     * it begins.
     */
    record FetchFiles(RunOrder order, ActorRef<FilesFetched> replyTo) implements Command {}

    /**
     * They are here, and others can fetch them from here.
     *
     * @param problem why they are not; empty when they are
     */
    record FilesFetched(String problem) {}

    /**
     * Make ranks of a run; what was made for earlier run epochs goes.
     *
     * @param ranks none for a worker that only has to remember the run
     * @param checkpoint folder of the checkpoint to load, empty for fresh weights
     * @param live what workers hold in memory, where the ranks begin with that
     */
    record Prepare(
            long runEpoch,
            RunOrder order,
            List<Integer> ranks,
            Optional<String> checkpoint,
            Optional<LiveCut> live,
            ActorRef<CoordinatorProtocol.Command> replyTo)
            implements Command {}

    /** Could you make these ranks? Read what you need for them, and make none. */
    record TryOut(long runEpoch, RunOrder order, List<Integer> ranks, ActorRef<CoordinatorProtocol.Command> replyTo)
            implements Command {}

    /**
     * Stop what was made for this run epoch of a run and earlier ones, and say what you have of it.
     *
     * @param question the answer's number
     */
    record AskRest(String runId, long runEpoch, long question, ActorRef<CoordinatorProtocol.Command> replyTo)
            implements Command {}

    /**
     * Bring the ranks that you have at rest to a step, and hold their stages' state in memory.
     *
     * @param question the answer's number
     * @param word of that step
     */
    record CutStages(String runId, long question, StepWord word, ActorRef<CoordinatorProtocol.Command> replyTo)
            implements Command {}

    /**
     * Where a rank is.
     *
     * @param worker that hosts it
     * @param actor its actor
     * @param inlet what its messages from other nodes go to
     */
    record RankPlace(
            int rank,
            ActorRef<Command> worker,
            ActorRef<RankProtocol.Command> actor,
            ActorRef<TransportProtocol.ToInlet> inlet) {}

    /** Connect your ranks with all others, and let them report to the trainer. */
    record ConnectRanks(long runEpoch, List<RankPlace> places, ActorRef<TrainerProtocol.Message> trainer)
            implements Command {}

    /** Stop what was made for this run epoch and earlier ones. */
    record Release(long runEpoch) implements Command {}

    /**
     * A checkpoint of the run is complete: what is older need not be held in memory any more.
     *
     * @param copyOf workers of whose files for it you are to hold copies
     */
    record KeepCut(String runId, long step, List<ActorRef<Command>> copyOf) implements Command {}

    /** The run is over: nobody will ask for it again. */
    record RunOver(String runId) implements Command {}
}
