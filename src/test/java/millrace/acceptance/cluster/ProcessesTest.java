package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.acceptance.Program;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, as a user starts them, one of them killed as {@code kill -9} does. */
@Timeout(value = 480, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Order(1)
class ProcessesTest {
    private static final List<String> TRAIN = List.of("train", "digits", "--json", "--batch", "32", "--epochs", "100");

    @TempDir
    Path runs;

    /** A run in the folder of runs, started and not waited for. */
    private Command start(String... more) {
        Stream<String> always = Stream.concat(TRAIN.stream(), Stream.of("-D", "checkpoint.folder=" + runs));
        return Command.start(Stream.concat(always, Stream.of(more)).toArray(String[]::new));
    }

    private static final Map<Integer, String> REFERENCES = new HashMap<>();

    /** What sequential training comes to, which several tests compare with. */
    private static String reference(int steps) {
        return REFERENCES.computeIfAbsent(
                steps,
                count -> Program.run(TRAIN, "--sequential", "--steps", "" + count, "-D", "checkpoint.enabled=false")
                        .last("weights_sha256"));
    }

    @Test
    void aProcessThatIsKilledCostsOnlyTime() {
        trainThroughAKill(0);
    }

    @Test
    @Tag("soak")
    void anyProcessThatIsKilledCostsOnlyTime() {
        trainThroughAKill(1);
    }

    private void trainThroughAKill(int victim) {
        try (Command run = start("--processes", "2", "--steps", "1500", "-D", "checkpoint.interval=500ms")) {
            await().atMost(Command.PATIENCE).until(new Runs(runs)::hasCheckpoint);
            List<ProcessHandle> nodes = run.started();
            assertThat(nodes).hasSize(2);
            nodes.get(victim).destroyForcibly();

            assertThat(run.await()).as(String.join("\n", run.said())).isZero();
            assertThat(run.says("\"event\":\"recovering\"")).isTrue();
            assertThat(run.lastWith("\"event\":\"placed\"")).contains("\"run_epoch\":2");
            assertThat(run.lastWith("\"event\":\"done\"")).contains(reference(1500));
            await().atMost(Command.PATIENCE).until(() -> nodes.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    /** SIGTERM: the ranks drain, with a checkpoint that is not of the interval, and go on where they are wanted. */
    @Test
    void aNodeThatIsAskedToGoCostsNoStep() {
        try (Command first = Command.start("node", "--port", "0", "--json")) {
            String one = joined(first);
            try (Command second = Command.start("node", "--port", "0", "--json", "--join", one)) {
                joined(second);
                try (Command run = start(("--cluster " + one + " --steps 1500 --log-every 20 -D checkpoint.interval=1h")
                        .split(" ", -1))) {
                    run.awaitLine("\"event\":\"step\"");
                    second.terminate();

                    assertThat(second.await()).as("128 + SIGTERM").isEqualTo(143);
                    assertThat(run.await()).as(String.join("\n", run.said())).isZero();
                    assertThat(run.lastWith("\"event\":\"recovering\"")).contains("worker leaving");
                    assertThat(run.lastWith("\"event\":\"done\"")).contains(reference(1500));
                    String again = run.lastWith("\"event\":\"placed\"");
                    assertThat(again).contains("\"run_epoch\":2").doesNotContain("\"from_step\":0,");
                }
            }
        }
    }

    /** SIGTERM to the command: what its processes have saved is enough for one process to go on with. */
    @Test
    void oneProcessGoesOnWithWhatTwoHadSavedWhenTheyWereInterrupted() throws IOException {
        try (Command run = start("--processes", "2", "--steps", "4000", "--log-every", "20")) {
            run.awaitLine("\"event\":\"step\"");
            run.terminate();
            run.await();
            assertThat(run.lastWith("\"event\":\"done\""))
                    .contains("\"steps\":")
                    .doesNotContain("\"steps\":4000");
        }

        // had it trained on for longer, its weights would be others
        assertThat(resumed("--steps", "1500")).isEqualTo(reference(1500));
    }

    private static String joined(Command node) {
        return node.awaitLine("\"event\":\"node\"").replaceAll(".*\"address\":\"([^\"]+)\".*", "$1");
    }

    /** Frames that are lost on the way are sent again. */
    @Test
    @Tag("soak")
    void nodesWhoseLinkLosesFramesTrainTheSameWeights() {
        try (Command lossy = start("--simulate-cluster", "2", "--steps", "200", "--link", "drop=0.05,latency=200us")) {
            assertThat(lossy.await()).as(String.join("\n", lossy.said())).isZero();
            assertThat(lossy.lastWith("\"event\":\"done\"")).contains(reference(200));
            assertThat(lossy.says("\"event\":\"recovering\"")).isFalse();
        }
    }

    @Test
    void nodesGoOnWithWhatOneProcessHasSaved() throws IOException {
        assertThat(Program.run(TRAIN, "--steps", "40", "-D", "checkpoint.folder=" + runs)
                        .status())
                .isZero();

        assertThat(resumed("--steps", "90", "--simulate-cluster", "2")).isEqualTo(reference(90));
    }

    @Test
    @Tag("soak")
    void threeProcessesGoOnWithWhatOneHasSaved() throws IOException {
        assertThat(Program.run(TRAIN, "--steps", "40", "-D", "checkpoint.folder=" + runs)
                        .status())
                .isZero();
        String folder = new Runs(runs).only().toString();

        try (Command run =
                Command.start(("train --json --resume " + folder + " --steps 90 --processes 3").split(" ", -1))) {
            assertThat(run.await()).as(String.join("\n", run.said())).isZero();
            assertThat(run.lastWith("\"event\":\"done\"")).contains(reference(90));
        }
    }

    private String resumed(String... more) throws IOException {
        Program program = Program.run(
                List.of("train", "--json", "--resume", new Runs(runs).only().toString()), more);
        assertThat(program.status()).as(program.err()).isZero();
        return program.last("weights_sha256");
    }
}
