package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.actors.checkpoint.Checkpoint;
import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointStore;
import millrace.actors.event.RunResult;
import millrace.actors.jobs.JobTerms;
import millrace.actors.keeper.Electors;
import millrace.actors.node.ClusterNode;
import millrace.actors.node.NodeSettings;
import millrace.actors.plan.PlanBuilder;
import millrace.actors.plan.Snapshot;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes that share no folder: each with a disk of its own, and the client with another. */
@Order(1)
class OwnDisksTest extends ClusterScenario {
    private final List<String> missing = new ArrayList<>();

    private Path disk(int node) {
        return folder.resolve("disk-" + node);
    }

    private void startNodesWithDisks(int count) {
        for (int i = 0; i < count; i++) {
            nodes.add(ClusterNode.start(
                    new NodeSettings(
                            "127.0.0.1",
                            0,
                            List.of(client.address()),
                            Set.of(NodeSettings.TRAINER, NodeSettings.WORKER),
                            1),
                    _ -> plan,
                    FAST.withValue(
                            "millrace.node.runs",
                            ConfigValueFactory.fromAnyRef(disk(nodes.size()).toString())),
                    () -> {}));
        }
    }

    private RunOrder order(String run, int workers, Optional<Path> first) {
        return new RunOrder(
                        run,
                        folder.resolve("client/" + run).toAbsolutePath().toString(),
                        // nodes remember the plan of the configuration before
                        run,
                        first.map(Path::toString),
                        Optional.empty(),
                        workers,
                        2,
                        CheckpointPace.every(Duration.ofMillis(100)),
                        Set.of())
                .kept(new RunOrder.Keeping(RunOrder.Sharing.NO, Electors.NONE));
    }

    private String digestIn(Path run) {
        Checkpoint end = CheckpointStore.loadLast(run);
        return Snapshot.of(plan.spec().model(), end.step(), end.tensors()).weightsSha256();
    }

    private static void delete(Path path) {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void plan(int samples, int epochs) {
        plan = new PlanBuilder()
                .line(3, "1f1b", 2)
                .train(PlanBuilder.data(samples, 1))
                .epochs(epochs)
                .build();
    }

    /** What is left of a run's checkpoints is less and less. */
    @Test
    void whatANodeLacksComesFromThoseThatHaveIt() throws IOException {
        plan(400, 2);
        String trained = expected();
        startNodesWithDisks(3);
        Path here = folder.resolve("client/run");

        RunResult outcome = client.train(order("run", 3, Optional.empty()), listening(_ -> {}))
                .await();

        assertThat(outcome.weightsSha256()).isEqualTo(trained);
        // what it has come to was fetched to where it was ordered
        assertThat(digestIn(here)).isEqualTo(trained);
        String last =
                here.resolve("checkpoints/last").toRealPath().getFileName().toString();
        Path shard = Path.of("run/checkpoints", last, "stage-1-of-3.safetensors");
        List<Path> copies = IntStream.range(0, 3)
                .mapToObj(node -> disk(node).resolve(shard))
                .filter(Files::exists)
                .toList();
        assertThat(copies).hasSizeBetween(2, 3);

        // copies that are damaged are not taken, the one that is left is
        delete(here);
        for (Path copy : copies.subList(1, copies.size())) {
            Files.write(copy, new byte[(int) Files.size(copy)]);
        }
        assertThat(client.gather("run", here, missing::add)).isTrue();
        assertThat(missing).isEmpty();
        assertThat(digestIn(here)).isEqualTo(trained);

        // from there it goes on as another run
        plan(400, 3);
        String longer = expected();
        RunResult further = client.train(
                        order("next", 3, Optional.of(here.resolve("checkpoints/last"))), listening(_ -> {}))
                .await();
        assertThat(further.weightsSha256()).isEqualTo(longer).isNotEqualTo(trained);
        assertThat(placements().getLast().fromStep()).isPositive();
        assertThat(digestIn(folder.resolve("client/next"))).isEqualTo(longer);

        // no whole copy is left
        delete(here);
        Files.delete(copies.getFirst());
        assertThat(client.gather("run", here, missing::add)).isTrue();
        assertThat(missing.getFirst())
                .startsWith("run/" + last + ": no node that is there has stage-1-of-3.safetensors (it was on ");
    }

    /** Each has a coordinator, both of them on one node: the right to write one run is none to write the other. */
    @Test
    void twoRunsAtATimeAreKept() {
        plan(400, 2);
        String trained = expected();
        startNodesWithDisks(2);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> client.jobs().status().idle().size() == 2);
        client.jobs().submit(order("one", 1, Optional.empty()), JobTerms.USUAL);
        client.jobs().submit(order("two", 1, Optional.empty()), JobTerms.USUAL);

        for (String run : List.of("one", "two")) {
            assertThat(client.jobs().attach(run, listening(_ -> {})).await().weightsSha256())
                    .isEqualTo(trained);
            Path here = folder.resolve("client/" + run);
            assertThat(client.gather(run, here, missing::add)).isTrue();
            assertThat(digestIn(here)).isEqualTo(trained);
        }
        assertThat(missing).isEmpty();

        // who submits a run is gone before anybody could fetch anything from there
        Path last = folder.resolve("client/one/checkpoints/last");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.jobs().submit(order("next", 1, Optional.of(last)), JobTerms.USUAL))
                .withMessageStartingWith(
                        "resume: " + last + " of a submitted run whose nodes share no folder (expected: ");
    }

    @Test
    @Tag("soak")
    void aNodeThatIsLostWithItsDiskCostsOnlyTime() {
        plan(12_000, 2);
        startNodesWithDisks(3);
        Path here = folder.resolve("client/run");
        AtomicBoolean lost = new AtomicBoolean();

        RunResult outcome = client.train(order("run", 3, Optional.empty()), listening(_ -> {
                    if (Files.exists(here.resolve("checkpoints/last")) && lost.compareAndSet(false, true)) {
                        nodes.get(2).crash();
                        nodes.get(2).ended().toCompletableFuture().join();
                        delete(disk(2));
                    }
                }))
                .await();

        assertThat(lost).isTrue();
        assertThat(outcome.weightsSha256()).isEqualTo(expected());
        assertThat(placements()).hasSizeGreaterThan(1);
        assertThat(placements().getLast().fromStep()).isPositive();
        assertThat(digestIn(here)).isEqualTo(expected());
    }
}
