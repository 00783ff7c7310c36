package millrace.actors.jobs;

import java.util.Optional;
import java.util.Set;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.ClientProtocol.End;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingEvent;

/** What {@link JobQueue} learns. */
sealed interface JobFact {
    /** Time has passed; it may come early, late or without need. */
    record Tick() implements JobFact {}

    /** These workers are registered in the cluster now. */
    record WorkersRegistered(Set<ActorId> workers) implements JobFact {}

    /**
     * A worker has said what it is.
     *
     * @param known the run that it was used for last and that is not over, as far as it knows
     */
    record WorkerHeard(ActorId worker, Optional<RunOrder> known) implements JobFact {}

    /** A worker has ended. */
    record WorkerLost(ActorId worker) implements JobFact {}

    /** A worker's node wants to go; the worker waits for its release. */
    record WorkerLeaving(ActorId worker) implements JobFact {}

    /** A node's book has this job. */
    record JobRead(JobRecord job) implements JobFact {}

    /** All books that there are have been read. */
    record BooksRead() implements JobFact {}

    /** Somebody wants a run, or still waits for one that was asked for before. */
    record Submitted(RunOrder order, JobTerms terms) implements JobFact {}

    /** Somebody wants a job to end. */
    record CancelAsked(String name) implements JobFact {}

    /** The coordinator of a run tells something of it. */
    record RunTold(String name, TrainingEvent event) implements JobFact {}

    /** The coordinator of a run tells its end. */
    record RunOver(End end) implements JobFact {}

    /** The coordinator of a run has failed itself. */
    record RunCrashed(String name, String reason) implements JobFact {}
}
