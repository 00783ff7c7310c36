package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import millrace.actors.access.Access;
import millrace.actors.access.TestCertificates;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.RunEpochs;
import millrace.actors.cluster.ClientProtocol.Accepted;
import millrace.actors.cluster.ClientProtocol.Failed;
import millrace.actors.cluster.CoordinatorProtocol.AskStatus;
import millrace.actors.cluster.CoordinatorProtocol.PrepareFailed;
import millrace.actors.cluster.CoordinatorProtocol.Prepared;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.Submit;
import millrace.actors.cluster.CoordinatorProtocol.WorkerHere;
import millrace.actors.fetch.FileDigest;
import millrace.actors.jobs.BookProtocol;
import millrace.actors.jobs.JobBook;
import millrace.actors.jobs.JobManager;
import millrace.actors.jobs.JobRecord;
import millrace.actors.jobs.JobState;
import millrace.actors.jobs.JobTerms;
import millrace.actors.jobs.JobsProtocol;
import millrace.actors.keeper.Electors;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.trace.FlightRecorders;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever comes to a coordinator or a worker, only what a submitter has signed is trained, by nodes with workers' certificates. */
class SignedOrderTest {
    private static final ActorTestKit KIT = ActorTestKit.create("signed-orders", TestCertificates.settings("node"));

    @TempDir
    Path temp;

    @AfterAll
    static void end() {
        KIT.shutdownTestKit();
    }

    private RunOrder order(String id) {
        return order(id, CheckpointPace.every(Duration.ofSeconds(5)));
    }

    private RunOrder order(String id, CheckpointPace pace) {
        return new RunOrder(
                id, temp.resolve("run").toString(), "", Optional.empty(), Optional.empty(), 1, 2, pace, Set.of());
    }

    private static RunOrder signed(String who, RunOrder order) {
        return order.by(Access.of(TestCertificates.settings(who)).sign(order.signedText()));
    }

    @Test
    void aCoordinatorTakesOnlyWhatASubmitterHasSigned() {
        ActorRef<CoordinatorProtocol.Command> coordinator =
                KIT.spawn(Coordinator.create(_ -> new PlanBuilder().build(), RunStorages.shared("w:1")));
        TestProbe<ClientProtocol.Event> client = KIT.createTestProbe();
        RunOrder anothersSignature =
                order("a").by(signed("submitter", order("b")).credential());
        for (RunOrder refused : List.of(order("a"), signed("viewer", order("a")), anothersSignature)) {
            coordinator.tell(new Submit(refused, client.ref()));
            Failed failed = client.expectMessageClass(Failed.class);
            assertThat(failed.badInput()).isTrue();
            assertThat(failed.reason()).contains("(expected: ").doesNotContain("\n");
        }
        TestProbe<Status> status = KIT.createTestProbe();
        TestProbe<WorkerProtocol.Command> worker = KIT.createTestProbe();
        Access viewer = Access.of(TestCertificates.settings("viewer"));
        coordinator.tell(new WorkerHere(
                worker.ref(), "v:1", 1, 0, Optional.empty(), false, viewer.sign(WorkerHere.signedText("v:1"))));
        coordinator.tell(new AskStatus(status.ref()));
        assertThat(status.expectMessageClass(Status.class).workers())
                .noneMatch(known -> known.address().equals("v:1"));

        coordinator.tell(new Submit(signed("submitter", order("a")), client.ref()));
        client.expectMessage(new Accepted("a"));
    }

    /** Nor does it end a run for anybody else. */
    @Test
    void aManagerTakesOnlyWhatASubmitterHasSigned() {
        ActorRef<JobsProtocol.Command> manager =
                KIT.spawn(JobManager.create(_ -> new PlanBuilder().build(), RunStorages.shared("w:1")));
        TestProbe<ClientProtocol.Event> client = KIT.createTestProbe();
        TestProbe<JobsProtocol.Jobs> jobs = KIT.createTestProbe();
        Access viewer = Access.of(TestCertificates.settings("viewer"));

        manager.tell(new JobsProtocol.Submit(signed("viewer", order("refused")), JobTerms.USUAL, client.ref()));
        manager.tell(new JobsProtocol.Submit(signed("submitter", order("wanted")), JobTerms.USUAL, client.ref()));
        JobTerms first = new JobTerms(5, Optional.empty(), 0);
        Access submitter = Access.of(TestCertificates.settings("submitter"));
        RunOrder ahead = signed("submitter", order("ahead"));
        TestProbe<ClientProtocol.Event> other = KIT.createTestProbe();
        manager.tell(new JobsProtocol.Submit(ahead, first, other.ref()));
        JobTerms anothers = first.by(submitter.sign(first.signedText(order("another"))));
        manager.tell(new JobsProtocol.Submit(ahead, anothers, other.ref()));
        JobTerms theirs = first.by(submitter.sign(first.signedText(ahead)));
        manager.tell(new JobsProtocol.Submit(ahead, theirs, other.ref()));
        manager.tell(new JobsProtocol.Cancel("wanted", viewer.sign(JobsProtocol.Cancel.signedText("wanted"))));
        manager.tell(new JobsProtocol.AskJobs(jobs.ref()));

        assertThat(client.expectMessageClass(Failed.class).reason()).contains("(expected: submitter");
        client.expectMessage(new Accepted("wanted"));
        assertThat(other.expectMessageClass(Failed.class).reason()).contains("without a signature");
        assertThat(other.expectMessageClass(Failed.class).reason()).contains("not of this request");
        other.expectMessage(new Accepted("ahead"));
        assertThat(jobs.expectMessageClass(JobsProtocol.Jobs.class).jobs())
                .noneMatch(job -> job.name().equals("refused"))
                .filteredOn(job -> job.name().equals("wanted"))
                .singleElement()
                .satisfies(job -> assertThat(job.state().isFinal()).isFalse());
        KIT.stop(manager);
    }

    /** Whoever has heard of a job could tell managers and books that it is over, and so end it for its owner. */
    @Test
    void whatBecomesOfAJobIsTakenFromNodesAlone() {
        RunOrder order = signed("submitter", order("kept"));
        Access node = Access.of(TestCertificates.settings("node"));
        Access viewer = Access.of(TestCertificates.settings("viewer"));
        JobRecord genuine = noted(order, JobState.QUEUED, Optional.empty(), node);
        JobRecord forged = noted(order, JobState.FAILED, Optional.of(new Failed("kept", "no more", false)), viewer);
        List<JobRecord> all = List.of(
                forged,
                forged.by(Optional.empty()),
                forged.by(genuine.credential()),
                genuine,
                forged,
                forged.by(genuine.credential()));

        ActorRef<BookProtocol.Command> book = KIT.spawn(JobBook.create(Optional.empty()));
        TestProbe<JobsProtocol.Command> reader = KIT.createTestProbe();
        all.forEach(job -> book.tell(new BookProtocol.Note(job)));
        book.tell(new BookProtocol.AskBook(reader.ref()));
        assertThat(reader.expectMessageClass(JobsProtocol.Noted.class).job()).isEqualTo(genuine);

        ActorRef<JobsProtocol.Command> manager =
                KIT.spawn(JobManager.create(_ -> new PlanBuilder().build(), RunStorages.shared("w:1")));
        TestProbe<JobsProtocol.Jobs> jobs = KIT.createTestProbe();
        all.forEach(job -> manager.tell(new JobsProtocol.Noted(job)));
        manager.tell(new JobsProtocol.AskJobs(jobs.ref()));
        assertThat(jobs.expectMessageClass(JobsProtocol.Jobs.class).jobs())
                .filteredOn(job -> job.name().equals("kept"))
                .singleElement()
                .satisfies(job -> assertThat(job.state().isFinal()).isFalse());
        KIT.stop(manager);
        KIT.stop(book);
    }

    private static JobRecord noted(RunOrder order, JobState state, Optional<ClientProtocol.End> end, Access by) {
        JobRecord job = new JobRecord(order, JobTerms.USUAL, 1, end.isEmpty() ? 2 : 9, state, 100, 0, 100, 0, "", end);
        return job.by(by.sign(job.signedText()));
    }

    @Test
    void everyPartOfAnOrderIsSigned() {
        RunOrder order = order("a");
        List<RunOrder> others = List.of(
                order("b"),
                order("a", CheckpointPace.every(Duration.ofSeconds(6))),
                order("a", CheckpointPace.costing(0.02)),
                order("a", CheckpointPace.costing(0.03)),
                order.kept(kept(RunOrder.Sharing.AUTO)),
                order.kept(kept(RunOrder.Sharing.NO)),
                order.kept(kept(RunOrder.Sharing.NO, "one/1", "two/2")),
                order.kept(kept(RunOrder.Sharing.NO, "two/2", "one/1")),
                order.kept(kept(RunOrder.Sharing.NO, "one/1, two/2")),
                data(order, "0".repeat(63) + "1", "data.csv"),
                data(order, "0".repeat(63) + "2", "data.csv"),
                data(order, "0".repeat(63) + "1", "data/csv"));
        assertThat(others.stream().map(RunOrder::signedText))
                .doesNotHaveDuplicates()
                .doesNotContain(order.signedText());
    }

    private static RunOrder.Keeping kept(RunOrder.Sharing sharing, String... electors) {
        return new RunOrder.Keeping(sharing, new Electors(List.of(electors)));
    }

    private static RunOrder data(RunOrder order, String sha256, String path) {
        return order.over(new RunData(
                new TreeMap<>(), List.of(new RunData.NamedFile("data.csv.file", path, new FileDigest(sha256, 1)))));
    }

    @Test
    void aWorkerMakesNoRanksForOthers() {
        TestProbe<CoordinatorProtocol.Command> coordinator = KIT.createTestProbe();
        ActorRef<WorkerProtocol.Command> worker = KIT.spawn(Worker.create(
                "w:1", 1, _ -> new PlanBuilder().build(), RunStorages.shared("w:1"), () -> {}, new FlightRecorders()));
        long epoch = new RunEpochs(temp.resolve("run")).claim();

        worker.tell(new WorkerProtocol.Prepare(
                epoch,
                signed("viewer", order("a")),
                List.of(0),
                Optional.empty(),
                Optional.empty(),
                coordinator.ref()));
        PrepareFailed refused = coordinator.expectMessageClass(PrepareFailed.class);
        assertThat(refused.badInput()).isTrue();
        assertThat(refused.reason()).startsWith("certificate CN=bob,OU=viewer: viewer (expected: submitter, ");

        worker.tell(new WorkerProtocol.Prepare(
                epoch,
                signed("submitter", order("a")),
                List.of(0),
                Optional.empty(),
                Optional.empty(),
                coordinator.ref()));
        coordinator.expectMessageClass(Prepared.class, Duration.ofSeconds(20));
    }
}
