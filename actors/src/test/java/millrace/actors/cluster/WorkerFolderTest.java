package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import millrace.actors.TestKitExtension;
import millrace.actors.checkpoint.RunEpochs;
import millrace.actors.cluster.CoordinatorProtocol.PrepareFailed;
import millrace.actors.cluster.CoordinatorProtocol.Prepared;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.trace.FlightRecorders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A node that does not see the run's folder of the others says so before anything is trained. */
class WorkerFolderTest {
    @RegisterExtension
    static final TestKitExtension AKKA = new TestKitExtension();

    @TempDir
    Path folder;

    private final TestProbe<CoordinatorProtocol.Command> coordinator =
            AKKA.kit().createTestProbe();
    private final ActorRef<WorkerProtocol.Command> worker = AKKA.kit()
            .spawn(Worker.create(
                    "two:25520",
                    1,
                    _ -> new PlanBuilder().build(),
                    RunStorages.shared("two:25520"),
                    () -> {},
                    new FlightRecorders()));

    private void prepare(long runEpoch, Path run) {
        RunOrder order = Orders.in(run);
        worker.tell(new WorkerProtocol.Prepare(
                runEpoch, order, List.of(0), Optional.empty(), Optional.empty(), coordinator.getRef()));
    }

    @Test
    void onlyAFolderInWhichTheRunEpochWasClaimedWillDo() throws IOException {
        Path run = folder.resolve("run");

        prepare(1, run);
        PrepareFailed missing = coordinator.expectMessageClass(PrepareFailed.class);
        assertThat(missing.badInput()).isTrue();
        assertThat(missing.reason())
                .startsWith(
                        "checkpoint.folder: " + run + " of node two:25520 is not there (expected: one folder that all"
                                + " nodes see under this path");
        assertThat(run).doesNotExist();

        // a folder of the same name that is its own, of an earlier run
        assertThat(new RunEpochs(run).claim()).isEqualTo(1);
        prepare(2, run);
        assertThat(coordinator.expectMessageClass(PrepareFailed.class).reason())
                .startsWith("checkpoint.folder: " + run + " of node two:25520 is another folder than that of the"
                        + " trainer's node (expected: ");

        prepare(3, run);
        // it may be seen a moment later
        Files.createFile(run.resolve("epochs/3"));
        coordinator.expectMessageClass(Prepared.class);
    }
}
