package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.acceptance.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Nodes on machines of their own, as far as the network goes: cables are pulled, and slow. */
@Isolated("several nodes that watch each other by heartbeats")
@Timeout(value = 480, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("soak")
class NetworkTest {
    private static final int NODES = 3;
    private static final String STEPS = "3000";
    private static final List<String> TRAIN =
            List.of("train", "mlp-mnist", "--json", "--log-every", "100", "--batch", "256", "--steps", STEPS);

    @TempDir
    Path runs;

    private static final List<Command> NODE_COMMANDS = new ArrayList<>();
    private static Namespaces network;

    private final List<Command> commands = new ArrayList<>();

    // one cluster for all tests: starting nodes takes longer than what is tested, and whatever a test does it recovers
    @BeforeAll
    static void begin() {
        network = Namespaces.start(NODES);
        for (int i = 0; i < NODES; i++) {
            List<String> words = new ArrayList<>(List.of("node", "--host", network.address(i), "--json"));
            if (i > 0) {
                words.addAll(List.of("--join", network.address(0) + ":25520"));
            }
            Command node = Command.start(network.on(i), words.toArray(String[]::new));
            NODE_COMMANDS.add(node);
            // the first is the oldest: the trainer is there
            node.awaitLine("\"event\":\"node\"");
        }
    }

    @AfterEach
    void endCommands() {
        commands.forEach(Command::close);
    }

    @AfterAll
    static void end() {
        NODE_COMMANDS.forEach(Command::close);
        if (network != null) {
            network.close();
        }
    }

    private Command start(int machine, List<String> words) {
        Command command = Command.start(network.on(machine), words.toArray(String[]::new));
        commands.add(command);
        return command;
    }

    private Command train(int machine, String stages) {
        return start(
                machine,
                Stream.concat(
                                TRAIN.stream(),
                                Stream.of(
                                        "--cluster",
                                        network.address(1) + ":25520",
                                        "--host",
                                        network.address(machine),
                                        "--stages",
                                        stages,
                                        "-D",
                                        "checkpoint.interval=500ms",
                                        "-D",
                                        "checkpoint.folder=" + runs))
                        .toList());
    }

    private static String reference() {
        return Program.run(TRAIN, "--sequential", "-D", "checkpoint.enabled=false")
                .last("weights_sha256");
    }

    /** The trainer's machine; that of the command is on the larger side. */
    @Test
    void aPulledCableCostsOnlyTime() throws IOException {
        trainThroughACut(0, Duration.ofSeconds(20));
    }

    /** A machine with a rank only, back about when the others have given it up. */
    @Test
    void aCableThatIsBackSoonDoesNoHarm() throws IOException {
        trainThroughACut(1, Duration.ofSeconds(10));
    }

    private void trainThroughACut(int machine, Duration length) throws IOException {
        Command run = train(2, "2");
        await().atMost(Command.PATIENCE)
                .untilAsserted(() ->
                        assertThat(run.said()).anyMatch(line -> line.contains("\"step\":") && line.contains("loss")));
        await().atMost(Command.PATIENCE).until(new Runs(runs)::hasCheckpoint);

        network.cut(machine);
        // that long, to the second: the fault is what is tested, nothing is waited for
        await().pollDelay(length).atMost(length.plusSeconds(5)).until(() -> true);
        network.heal(machine);

        assertThat(run.await()).as(String.join("\n", run.said())).isZero();
        assertThat(run.lastWith("\"event\":\"done\"")).contains(reference());
        long placed = run.said().stream()
                .filter(line -> line.contains("\"event\":\"placed\""))
                .count();
        // whoever trains claims a run epoch first: nobody has but those that the command knows of
        assertThat(new Runs(runs).claims()).isEqualTo(placed);
        if (placed > 1) {
            Command cutOff = NODE_COMMANDS.get(machine);
            await().atMost(Command.PATIENCE).until(() -> cutOff.says("cut off from the cluster; joining again"));
        }
        await().atMost(Command.PATIENCE).until(() -> status().contains(network.address(machine)));
    }

    private String status() {
        try (Command status = start(
                2,
                List.of(
                        "status",
                        "--json",
                        "--cluster",
                        network.address(2) + ":25520",
                        "--host",
                        network.address(2)))) {
            status.await();
            return String.join("\n", status.said());
        }
    }

    @Test
    void aSlowNetworkChangesNothing() {
        for (int i = 0; i < NODES; i++) {
            network.limit(i, "50mbit");
        }
        try {
            Command run = train(2, "2");
            assertThat(run.await()).as(String.join("\n", run.said())).isZero();
            assertThat(run.lastWith("\"event\":\"done\"")).contains(reference());
        } finally {
            for (int i = 0; i < NODES; i++) {
                network.unlimit(i);
            }
        }
    }
}
