package millrace.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.cluster.RunData;
import millrace.actors.cluster.RunOrder;
import millrace.actors.cluster.WorkerProtocol;
import millrace.actors.fetch.FileDigest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which nodes have the files of a run that is submitted, before the command that has them ends. */
class FileHandoverTest {
    // for each test another one: a receptionist may name workers for a moment that have ended
    private final ActorTestKit kit = ActorTestKit.create();
    private final List<RunOrder> asked = Collections.synchronizedList(new ArrayList<>());

    private static RunOrder order() {
        RunOrder order = new RunOrder(
                "run",
                "/run",
                "",
                Optional.empty(),
                Optional.empty(),
                1,
                1,
                CheckpointPace.every(Duration.ofSeconds(1)),
                Set.of());
        return order.over(new RunData(
                new TreeMap<>(),
                List.of(new RunData.NamedFile("data.csv.file", "only-here.csv", new FileDigest("0".repeat(64), 10)))));
    }

    /** A worker that has the files, or not. */
    private void worker(String problem) {
        ActorRef<WorkerProtocol.Command> worker = kit.spawn(Behaviors.receiveMessage(command -> {
            if (command instanceof WorkerProtocol.FetchFiles(RunOrder order, var replyTo)) {
                asked.add(order);
                replyTo.tell(new WorkerProtocol.FilesFetched(problem));
            }
            return Behaviors.same();
        }));
        kit.system().receptionist().tell(Receptionist.register(WorkerProtocol.KEY, worker));
    }

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    /** Copies are 1: two of three. */
    @Test
    void asManyNodesTakeThemAsKeepTheStateOfAStage() {
        worker("");
        worker("");
        worker("");

        FileHandover.toNodes(kit.system(), order());

        assertThat(asked).hasSize(2).containsOnly(order());
    }

    @Test
    void oneThatRefusesIsPassedOver() {
        worker("data.fetch: false");
        worker("");

        FileHandover.toNodes(kit.system(), order());

        assertThat(asked).hasSize(2);
    }

    @Test
    void whereNobodyTakesThemTheRunIsRefused() {
        worker("node a:1: data.fetch: false");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> FileHandover.toNodes(kit.system(), order()))
                .withMessage(
                        "data.csv.file: only-here.csv would be gone with this command (expected: a node that has it, or"
                                + " fetches it before the command ends); node a:1: data.fetch: false; copy it to the nodes, or use train"
                                + " --cluster, which stays");
    }

    @Test
    void aRunThatNamesNoFileAsksNobody() {
        worker("nobody should ask");

        FileHandover.toNodes(kit.system(), order().over(RunData.UNTOLD));

        assertThat(asked).isEmpty();
    }
}
