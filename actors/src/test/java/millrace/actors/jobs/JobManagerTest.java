package millrace.actors.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Optional;
import millrace.actors.TestKitExtension;
import millrace.actors.cluster.ClientProtocol;
import millrace.actors.cluster.RunStorages;
import millrace.actors.jobs.JobsProtocol.JobLine;
import millrace.actors.plan.PlanBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The manager of a cluster in which there is no worker yet. */
class JobManagerTest {
    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    private final TestProbe<ClientProtocol.Event> client = AKKA.kit().createTestProbe();

    private static ActorRef<JobsProtocol.Command> manager() {
        return AKKA.kit().spawn(JobManager.create(_ -> new PlanBuilder().build(), RunStorages.shared("one:25520")));
    }

    private static List<JobLine> jobs(ActorRef<JobsProtocol.Command> manager) {
        TestProbe<JobsProtocol.Jobs> probe = AKKA.kit().createTestProbe();
        manager.tell(new JobsProtocol.AskJobs(probe.ref()));
        return probe.receiveMessage().jobs();
    }

    @Test
    void aNewManagerGoesOnWithWhatTheOneBeforeHasNoted() {
        AKKA.kit().spawn(JobBook.create(Optional.empty()));
        ActorRef<JobsProtocol.Command> first = manager();
        first.tell(new JobsProtocol.Submit(Orders.of("under-way", 2), JobTerms.USUAL, client.ref()));
        first.tell(new JobsProtocol.Submit(Orders.of("waits", 1), Orders.priority(3), client.ref()));
        first.tell(new JobsProtocol.Submit(Orders.of("unwanted", 1), JobTerms.USUAL, client.ref()));
        first.tell(new JobsProtocol.Cancel("unwanted", Optional.empty()));
        List<JobLine> before = jobs(first);
        assertThat(before)
                .extracting(JobLine::state)
                .containsExactly(JobState.RUNNING, JobState.QUEUED, JobState.CANCELLED);
        AKKA.kit().stop(first);

        ActorRef<JobsProtocol.Command> second = manager();
        List<JobLine> after = jobs(second);

        assertThat(after)
                .extracting(JobLine::state)
                .containsExactly(JobState.RECOVERING, JobState.QUEUED, JobState.CANCELLED);
        assertThat(after.subList(1, 3)).isEqualTo(before.subList(1, 3));
        TestProbe<ClientProtocol.Event> late = AKKA.kit().createTestProbe();
        second.tell(new JobsProtocol.Attach("unwanted", late.ref()));
        late.expectMessage(new ClientProtocol.Accepted("unwanted"));
        late.expectMessage(new ClientProtocol.Failed("unwanted", "cancelled before it was under way", false));
        AKKA.kit().stop(second);
    }

    @Test
    void aRunThatHasTheNameOfAnotherIsRefused() {
        ActorRef<JobsProtocol.Command> manager = manager();
        manager.tell(new JobsProtocol.Submit(Orders.of("a", 1), JobTerms.USUAL, client.ref()));
        client.expectMessage(new ClientProtocol.Accepted("a"));
        TestProbe<ClientProtocol.Event> other = AKKA.kit().createTestProbe();
        manager.tell(new JobsProtocol.Submit(Orders.of("a", 2), JobTerms.USUAL, other.ref()));

        ClientProtocol.Failed refused = other.expectMessageClass(ClientProtocol.Failed.class);

        assertThat(refused.badInput()).isTrue();
        assertThat(refused.reason()).startsWith("run: a (expected: a name of its own; ");
        AKKA.kit().stop(manager);
    }
}
