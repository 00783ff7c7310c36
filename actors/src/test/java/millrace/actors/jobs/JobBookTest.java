package millrace.actors.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import millrace.actors.TestKitExtension;
import millrace.actors.event.RunResult.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The list of jobs of one node, and what of it is left when the node is started again. */
class JobBookTest {
    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    private static final JobRecord QUEUED = JobRecord.queued(Orders.of("größe/..", 2), Orders.priority(3), 7, 100);
    private static final JobRecord OVER =
            QUEUED.over(JobState.FINISHED, Orders.ended("größe/..", Reason.COMPLETED), "", 200);

    @TempDir
    Path folder;

    private static List<JobRecord> noted(ActorRef<BookProtocol.Command> book) {
        TestProbe<JobsProtocol.Command> probe = AKKA.kit().createTestProbe();
        book.tell(new BookProtocol.AskBook(probe.ref()));
        List<JobRecord> all = new ArrayList<>();
        while (probe.receiveMessage() instanceof JobsProtocol.Noted(JobRecord job)) {
            all.add(job);
        }
        return all;
    }

    private ActorRef<BookProtocol.Command> book(Optional<Path> where) {
        return AKKA.kit().spawn(JobBook.create(where));
    }

    @Test
    void theNewerOfTwoRecordsCounts() {
        ActorRef<BookProtocol.Command> book = book(Optional.empty());
        book.tell(new BookProtocol.Note(OVER));
        book.tell(new BookProtocol.Note(QUEUED));

        assertThat(noted(book)).extracting(JobRecord::state).containsExactly(JobState.FINISHED);
    }

    @Test
    void whatWasNotedIsThereAfterARestart() throws IOException {
        ActorRef<BookProtocol.Command> book = book(Optional.of(folder));
        book.tell(new BookProtocol.Note(QUEUED));
        book.tell(new BookProtocol.Note(OVER));
        assertThat(noted(book)).hasSize(1);
        AKKA.kit().stop(book);
        Files.writeString(folder.resolve("damaged.job"), "not a job");

        List<JobRecord> again = noted(book(Optional.of(folder)));

        assertThat(again).singleElement().satisfies(job -> {
            assertThat(job.name()).isEqualTo("größe/..");
            assertThat(job.terms()).isEqualTo(OVER.terms());
            assertThat(job.number()).isEqualTo(7);
            assertThat(job.since()).isEqualTo(200);
            assertThat(job.digest()).isEqualTo("digest of größe/..");
        });
    }

    @Test
    void aDiskThatCannotBeWrittenCostsOnlyThat() throws IOException {
        ActorRef<BookProtocol.Command> book = book(Optional.of(Files.writeString(folder.resolve("file"), "")));
        book.tell(new BookProtocol.Note(QUEUED));

        assertThat(noted(book)).hasSize(1);
    }
}
