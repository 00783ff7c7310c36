package millrace.actors.jobs;

import java.util.Set;
import millrace.actors.cluster.ActorId;
import millrace.actors.cluster.ClientProtocol.End;
import millrace.actors.cluster.RunOrder;

/** What {@link JobQueue} wants done, in this order; the manager does it. */
sealed interface JobOrder {
    /** Ask a worker who it is and which run it knows. */
    record AskWorker(ActorId worker) implements JobOrder {}

    /** See to it that the end of this worker is noticed. */
    record WatchWorker(ActorId worker) implements JobOrder {}

    /** Tell a worker that a run is over. */
    record ForgetRun(ActorId worker, String name) implements JobOrder {}

    /** Nobody needs this worker, which wants to go: let it. */
    record ReleaseWorker(ActorId worker) implements JobOrder {}

    /** Make the coordinator of a run, which has these workers. */
    record StartRun(RunOrder run, Set<ActorId> workers) implements JobOrder {}

    /** Tell the coordinator of a run which workers it has now. */
    record GiveWorkers(String name, Set<ActorId> workers) implements JobOrder {}

    /** Tell the coordinator of a run that one of its workers wants to go. */
    record TellLeaving(String name, ActorId worker) implements JobOrder {}

    /** Let the coordinator of a run end it, with a checkpoint. */
    record InterruptRun(String name) implements JobOrder {}

    /** End the coordinator of a run. */
    record StopRun(String name) implements JobOrder {}

    /** Note a job in all books. */
    record Keep(JobRecord job) implements JobOrder {}

    /** Tell all who wait for the job. */
    record TellEnd(End end) implements JobOrder {}
}
