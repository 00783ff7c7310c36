package millrace.actors.cluster;

import java.util.List;
import java.util.Optional;
import millrace.actors.cluster.RecoveryFact.Place;
import millrace.actors.event.RunResult;

/** What {@link Recovery} wants done, in this order; the coordinator does it. */
sealed interface RecoveryOrder {
    /** Ask a worker who it is and which run it knows. */
    record AskWorker(ActorId worker) implements RecoveryOrder {}

    /** See to it that the end of this worker is noticed. */
    record WatchWorker(ActorId worker) implements RecoveryOrder {}

    /** Tell a client. */
    record TellClient(ActorId client, ClientProtocol.Event event) implements RecoveryOrder {}

    /**
     * Claim the next run epoch in the run folder and find out where it begins.
     *
     * @param reading the answer's number
     * @param after the run epoch is above this one
     */
    record ReadFolder(long reading, RunOrder run, long after) implements RecoveryOrder {}

    /**
     * Have a worker make its ranks.
     *
     * @param ranks none for a worker that only has to remember the run
     * @param checkpoint folder of the checkpoint to load, empty for fresh weights
     */
    record PrepareRanks(ActorId worker, long runEpoch, RunOrder run, List<Integer> ranks, Optional<String> checkpoint)
            implements RecoveryOrder {}

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
