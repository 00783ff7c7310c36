package millrace.actors.cluster;

import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.event.RunResult;
import millrace.actors.rank.StepWord;

/** What {@link Recovery} wants done, in this order; the coordinator does it. */
sealed interface RecoveryOrder {
    /** Ask a worker who it is and which run it knows. */
    record AskWorker(ActorId worker) implements RecoveryOrder {}

    /** See to it that the end of this worker is noticed. */
    record WatchWorker(ActorId worker) implements RecoveryOrder {}

    /** Tell a client. */
    record TellClient(ActorId client, ClientProtocol.Event event) implements RecoveryOrder {}

    /**
     * Have a worker stop all that it does for a run, up to a run epoch, and say what it has of it.
     *
     * @param question the answer's number
     */
    record AskRest(ActorId worker, String runId, long runEpoch, long question) implements RecoveryOrder {}

    /**
     * Have a worker bring the ranks that it has at rest to a step, and hold their stages' state in memory.
     *
     * @param question the answer's number
     * @param word of that step
     */
    record CutStages(ActorId worker, String runId, long question, StepWord word) implements RecoveryOrder {}

    /**
     * Claim the next run epoch in the run folder and find out where it begins.
     *
     * @param reading the answer's number
     * @param after the run epoch is above this one
     * @param live where it begins, if workers hold that; otherwise with the newest checkpoint
     */
    record ReadFolder(long reading, RunOrder run, long after, Optional<LiveCut> live) implements RecoveryOrder {
        /** With the newest checkpoint. */
        ReadFolder(long reading, RunOrder run, long after) {
            this(reading, run, after, Optional.empty());
        }
    }

    /**
     * Have a worker make its ranks.
     *
     * @param ranks none for a worker that only has to remember the run
     * @param checkpoint folder of the checkpoint to load, empty for fresh weights
     * @param live what workers hold, where the ranks begin with that
     */
    record PrepareRanks(
            ActorId worker,
            long runEpoch,
            RunOrder run,
            List<Integer> ranks,
            Optional<String> checkpoint,
            Optional<LiveCut> live)
            implements RecoveryOrder {
        /** Ranks that begin with a checkpoint, or with fresh weights. */
        PrepareRanks(ActorId worker, long runEpoch, RunOrder run, List<Integer> ranks, Optional<String> checkpoint) {
            this(worker, runEpoch, run, ranks, checkpoint, Optional.empty());
        }
    }

    /**
     * Find out, while the run goes on, whether a worker that has come could make ranks: it reads what it needs for them, and makes
     * none.
     */
    record TryOut(ActorId worker, long runEpoch, RunOrder run, List<Integer> ranks) implements RecoveryOrder {}

    /** Make the trainer of this run epoch; it waits until it may begin. */
    record StartTrainer(long runEpoch, RunOrder run, List<Place> places) implements RecoveryOrder {}

    /** Have a worker connect its ranks with all others and with the trainer. */
    record ConnectRanks(ActorId worker, long runEpoch, List<Place> places) implements RecoveryOrder {}

    /** The line is connected: let the trainer begin. */
    record BeginTraining(long runEpoch) implements RecoveryOrder {}

    /** Let the trainer end after the steps that are under way, with a checkpoint. */
    record InterruptTrainer(long runEpoch) implements RecoveryOrder {}

    /** End the trainer, at once and without a word. */
    record StopTrainer(long runEpoch) implements RecoveryOrder {}

    /** Let a worker stop the ranks of this run epoch and of earlier ones. */
    record ReleaseRanks(ActorId worker, long runEpoch) implements RecoveryOrder {}

    /**
     * Have a worker hold in memory what its ranks have written for a checkpoint, which is complete, and nothing older.
     *
     * @param copyOf workers of whose files it is to hold copies
     */
    record KeepCut(ActorId worker, String runId, long step, List<ActorId> copyOf) implements RecoveryOrder {}

    /** Read in the run folder what the run has come to. */
    record ReadOutcome(long runEpoch, RunOrder run, RunResult result) implements RecoveryOrder {}

    /** Tell a worker that the run is over. */
    record ForgetRun(ActorId worker, String runId) implements RecoveryOrder {}
}
