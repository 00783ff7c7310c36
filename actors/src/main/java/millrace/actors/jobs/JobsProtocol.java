package millrace.actors.jobs;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Optional;
import millrace.actors.access.Credential;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.CoordinatorProtocol;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.WorkerProtocol;

/** What the manager of a cluster's jobs is told, and what it answers. */
public interface JobsProtocol {
    /** Anything the manager takes. */
    sealed interface Command {}

    /** What it tells itself. */
    sealed interface Local extends Command, NoSerializationVerificationNeeded
            permits JobManager.Learnt,
                    JobManager.BooksListed,
                    JobManager.WorkerTold,
                    JobManager.RunTold,
                    JobManager.NodeLost,
                    JobManager.TimePassed {}

    /** Train this; told again and again until the client hears of the end, by whoever waits for it. */
    record Submit(RunOrder order, JobTerms terms, ActorRef<ClientProtocol.Event> client) implements Command {}

    /** Tell this client of a run, from what is known of its beginning to its end; told again and again as well. */
    record Attach(String run, ActorRef<ClientProtocol.Event> client) implements Command {}

    /**
     * End a run after the steps that are under way, or take it from the queue.
     *
     * @param credential who asks, as its signature of {@link #signedText} says, where nodes have roles by certificate
     */
    record Cancel(String run, Optional<Credential> credential) implements Command {
        /** What is signed of it. */
        public static String signedText(String run) {
            return "cancel " + run;
        }
    }

    /**
     * Make a checkpoint of a run as soon as one can be made.
     *
     * @param credential as {@link Cancel} has it
     */
    record Save(String run, Optional<Credential> credential) implements Command {
        /** What is signed of it. */
        public static String signedText(String run) {
            return "save " + run;
        }
    }

    /** Which jobs are there? */
    record AskJobs(ActorRef<Jobs> replyTo) implements Command {}

    /** Which order is a job's? */
    record AskOrder(String run, ActorRef<KnownOrder> replyTo) implements Command {}

    /** How is it going? */
    record AskStatus(ActorRef<ClusterStatus> replyTo) implements Command {}

    /** A worker that wants to go: its ranks are moved first. */
    record WorkerLeaving(ActorRef<WorkerProtocol.Command> worker) implements Command {}

    /** A book has this job; one answer of several. */
    record Noted(JobRecord job) implements Command {}

    /** A book has told all its jobs. */
    record AllNoted(ActorRef<BookProtocol.Command> book) implements Command {}

    /**
     * What a job trains.
     *
     * @param order without the signature of who may have it trained; empty where there is no such job
     */
    record KnownOrder(Optional<RunOrder> order) {}

    /** All jobs, in the order in which they were submitted. */
    record Jobs(List<JobLine> jobs) {}

    /**
     * A job as people see it. Times are in milliseconds since 1970.
     *
     * @param workers addresses of those that it has
     * @param wanted workers that it asks for
     * @param before jobs that are looked at before it, if it waits
     * @param step optimizer steps that it has made
     * @param steps that it is to have made at its end; 0 where nobody knows
     * @param startedAt 0 while it has not begun
     * @param reason why it has failed or was cancelled; empty otherwise
     * @param folder of its run
     * @param digest SHA-256 of its last weights; empty where there is none
     */
    record JobLine(
            String name,
            JobState state,
            int priority,
            List<String> workers,
            int wanted,
            int before,
            long step,
            long steps,
            long submittedAt,
            long startedAt,
            long since,
            String reason,
            String folder,
            String digest) {}

    /**
     * How a cluster is going.
     *
     * @param runs that are under way
     * @param idle workers that no run has
     */
    record ClusterStatus(List<CoordinatorProtocol.Status> runs, List<CoordinatorProtocol.WorkerStatus> idle) {
        /** The run that has been under way for longest. */
        public Optional<CoordinatorProtocol.Status> first() {
            return runs.stream().findFirst();
        }

        /** How many workers there are. */
        public int workers() {
            return idle.size()
                    + runs.stream().mapToInt(run -> run.workers().size()).sum();
        }
    }
}
