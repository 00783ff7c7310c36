package millrace.actors.cluster;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/**
 * What {@link Recovery} learns. Answers say which question they belong to, by a run epoch or the number of a reading: they
 * may come late, twice or never.
 */
sealed interface RecoveryFact {
    /** Time has passed; it may come early, late or without need. */
    record Tick() implements RecoveryFact {}

    /** These workers are registered in the cluster now. */
    record WorkersRegistered(Set<ActorId> workers) implements RecoveryFact {}

    /**
     * A worker says what it is.
     *
     * @param address of its node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param newestEpoch the newest run epoch that it has heard of, whatever the run
     * @param known the run that it has last been used for and that is not over
     * @param together whether it has something of that run in memory, whose ranks step together
     */
    record WorkerHere(
            ActorId worker, String address, int capacity, long newestEpoch, Optional<RunOrder> known, boolean together)
            implements RecoveryFact {
        /** Of one that has no such run. */
        WorkerHere(ActorId worker, String address, int capacity, long newestEpoch, Optional<RunOrder> known) {
            this(worker, address, capacity, newestEpoch, known, false);
        }
    }

    /** A worker has ended, with all that it hosted. */
    record WorkerLost(ActorId worker) implements RecoveryFact {}

    /** A worker's node wants to go; the worker waits for its release. */
    record WorkerLeaving(ActorId worker) implements RecoveryFact {}

    /** A client wants a run, or still waits for one that it has asked for before. */
    record RunSubmitted(RunOrder order, ActorId client) implements RecoveryFact {}

    /** A client wants a run to end after the steps that are under way. */
    record InterruptAsked(String runId) implements RecoveryFact {}

    /** Nothing of the run works at a worker any more: answers {@link RecoveryOrder.AskRest}. */
    record RanksRest(long question, ActorId worker, AtRest rest) implements RecoveryFact {}

    /** A worker holds its stages' state in memory: answers {@link RecoveryOrder.CutStages}. */
    record StagesCut(long question, ActorId worker, List<FileEntry> files) implements RecoveryFact {}

    /** The run folder was read: answers {@link RecoveryOrder.ReadFolder}. */
    record FolderRead(long reading, Beginning beginning) implements RecoveryFact {}

    /** The run folder could not be read, or the settings make no plan: answers {@link RecoveryOrder.ReadFolder}. */
    record FolderUnreadable(long reading, Failure failure) implements RecoveryFact {}

    /**
     * A worker has made its ranks: answers {@link RecoveryOrder.PrepareRanks}. Without any it could make ranks: answers
     * {@link RecoveryOrder.TryOut}.
     */
    record RanksPrepared(long runEpoch, ActorId worker, List<Place> places) implements RecoveryFact {}

    /** A worker could not make its ranks: answers {@link RecoveryOrder.PrepareRanks} and {@link RecoveryOrder.TryOut}. */
    record PrepareFailed(long runEpoch, ActorId worker, Failure failure) implements RecoveryFact {}

    /** A worker has connected its ranks: answers {@link RecoveryOrder.ConnectRanks}. */
    record RanksConnected(long runEpoch, ActorId worker) implements RecoveryFact {}

    /** A rank has stopped before its time. */
    record RankFailed(long runEpoch, int rank, String reason) implements RecoveryFact {}

    /** The trainer tells something of the training. */
    record TrainingHappened(long runEpoch, TrainingEvent event) implements RecoveryFact {}

    /** The checkpoint at a step is complete. */
    record CutSaved(long runEpoch, long step) implements RecoveryFact {}

    /** The trainer has done all that it should, or was interrupted; its last checkpoint is written. */
    record TrainerFinished(long runEpoch, RunResult result) implements RecoveryFact {}

    /** The trainer has found out that its ranks wait for each other: a message was lost. */
    record TrainerStalled(long runEpoch, String complaint) implements RecoveryFact {}

    /** The trainer has given up for a reason that another attempt would not heal. */
    record TrainerFailed(long runEpoch, Failure failure) implements RecoveryFact {}

    /** What the run came to: answers {@link RecoveryOrder.ReadOutcome}. */
    record OutcomeRead(long runEpoch, ClientProtocol.Ended ended) implements RecoveryFact {}

    /** The last checkpoint could not be read: answers {@link RecoveryOrder.ReadOutcome}. */
    record OutcomeUnreadable(long runEpoch, Failure failure) implements RecoveryFact {}

    /**
     * Where a run epoch begins, as the run folder says.
     *
     * @param runEpoch that was claimed for it
     * @param ranks of the line
     * @param fromStep optimizer steps that its checkpoint has behind it, 0 without one
     * @param checkpoint folder of the checkpoint to go on from; empty for a run that begins, or goes on from what workers hold
     * @param live what they hold, where it goes on from that
     * @param alike of ranks that step together, for each the first one that holds the same stages; empty where each rank steps when
     *     it can
     * @param damaged complaints about newer checkpoints that cannot be used
     */
    record Beginning(
            long runEpoch,
            int ranks,
            long fromStep,
            Optional<String> checkpoint,
            Optional<LiveCut> live,
            List<Integer> alike,
            List<String> damaged) {
        /** Of a run whose ranks step when they can. */
        Beginning(long runEpoch, int ranks, long fromStep, Optional<String> checkpoint, List<String> damaged) {
            this(runEpoch, ranks, fromStep, checkpoint, Optional.empty(), List.of(), damaged);
        }

        /** Whether no rank steps before all can. */
        boolean together() {
            return !alike.isEmpty();
        }
    }

    /**
     * Where a rank is.
     *
     * @param worker that hosts it
     * @param actor its actor
     * @param inlet what its messages from other nodes go to
     */
    record Place(int rank, ActorId worker, ActorId actor, ActorId inlet) {}
}
