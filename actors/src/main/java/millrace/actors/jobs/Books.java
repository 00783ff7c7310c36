package millrace.actors.jobs;

import akka.actor.typed.ActorRef;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import millrace.actors.access.Access;
import millrace.actors.jobs.BookProtocol.AskBook;
import millrace.actors.jobs.BookProtocol.Note;

/** The books of a cluster: a manager reads them when it is made, and notes in all of them from then on. */
final class Books {
    private final Access access;
    private final Set<ActorRef<BookProtocol.Command>> read = new HashSet<>();
    private Set<ActorRef<BookProtocol.Command>> all = Set.of();

    /**
     * @param access signs what is noted
     */
    Books(Access access) {
        this.access = access;
    }

    /** Those that there are now: new ones are asked for what they have. */
    void are(Set<ActorRef<BookProtocol.Command>> now, ActorRef<JobsProtocol.Command> manager) {
        Set<ActorRef<BookProtocol.Command>> added = new HashSet<>(now);
        added.removeAll(all);
        all = Set.copyOf(now);
        added.forEach(book -> book.tell(new AskBook(manager)));
    }

    /** One of them has told all its jobs. */
    void hasTold(ActorRef<BookProtocol.Command> book) {
        read.add(book);
    }

    /** Whether all that there are have, and there are some. */
    boolean areRead() {
        return !all.isEmpty() && read.containsAll(all);
    }

    /** Notes a job in all of them. */
    void note(JobRecord job) {
        Note note = signed(job);
        all.forEach(book -> book.tell(note));
    }

    /** Notes jobs in one that may not have them. */
    void note(ActorRef<BookProtocol.Command> book, Collection<JobRecord> jobs) {
        jobs.forEach(job -> book.tell(signed(job)));
    }

    private Note signed(JobRecord job) {
        return new Note(job.by(access.sign(job.signedText())));
    }
}
