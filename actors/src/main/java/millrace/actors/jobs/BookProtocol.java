package millrace.actors.jobs;

import akka.actor.typed.ActorRef;
import akka.actor.typed.receptionist.ServiceKey;

/** What a book of jobs is told. */
public interface BookProtocol {
    /** Under which books are found. */
    ServiceKey<Command> KEY = ServiceKey.create(Command.class, "millrace-job-book");

    /** Anything a book takes. */
    sealed interface Command {}

    /** Note this job, unless something newer is noted of it. */
    record Note(JobRecord job) implements Command {}

    /** Which jobs are noted? Answered by one {@link JobsProtocol.Noted} each, and {@link JobsProtocol.AllNoted}. */
    record AskBook(ActorRef<JobsProtocol.Command> replyTo) implements Command {}
}
