package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.acceptance.Program;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Real processes, as a user starts them, one of them killed as {@code kill -9} does. */
@Isolated("several nodes that watch each other by heartbeats")
@Timeout(value = 240, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcessesTest {
    private static final List<String> TRAIN = List.of("train", "mlp-mnist", "--json", "--batch", "256");

    @TempDir
    Path runs;

    private Program train(String... more) {
        Stream<String> always =
                Stream.of("-D", "checkpoint.folder=" + runs, "-D", "checkpoint.interval=500ms", "-D", "data.test=0");
        Program program = Program.run(Stream.concat(TRAIN.stream(), always).toList(), more);
        assertThat(program.status()).as(program.err()).isZero();
        return program;
    }

    private static String reference(int steps) {
        return Program.run(TRAIN, "--sequential", "--steps", "" + steps, "-D", "checkpoint.enabled=false")
                .last("weights_sha256");
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
        CompletableFuture<Program> run =
                CompletableFuture.supplyAsync(() -> train("--processes", "2", "--steps", "1500"));
        await().atMost(Duration.ofMinutes(2)).until(new Runs(runs)::hasCheckpoint);
        List<ProcessHandle> nodes = nodes();
        assertThat(nodes).hasSize(2);
        nodes.get(victim).destroyForcibly();

        Program ended = run.join();

        assertThat(ended.out()).contains("\"event\":\"recovering\"").contains("\"run_epoch\":2");
        assertThat(ended.last("weights_sha256")).isEqualTo(reference(1500));
        await().atMost(Duration.ofSeconds(30)).until(() -> nodes().isEmpty());
    }

    /** SIGTERM: the ranks drain, with a checkpoint that is not of the interval, and go on where they are wanted. */
    @Test
    void aNodeThatIsAskedToGoCostsNoStep() {
        String interval = "checkpoint.interval=1h";
        try (Command first = Command.start("node", "--port", "0", "--json")) {
            String one = joined(first);
            try (Command second = Command.start("node", "--port", "0", "--json", "--join", one);
                    Command run = Command.start(Stream.concat(
                                    TRAIN.stream(),
                                    Stream.of(
                                            "--cluster",
                                            one,
                                            "--stages",
                                            "2",
                                            "--steps",
                                            "3000",
                                            "--log-every",
                                            "100",
                                            "-D",
                                            interval,
                                            "-D",
                                            "checkpoint.folder=" + runs))
                            .toArray(String[]::new))) {
                joined(second);
                await().atMost(Duration.ofMinutes(1)).until(() -> run.says("\"event\":\"step\""));
                second.terminate();

                assertThat(second.await(60)).as("128 + SIGTERM").isEqualTo(143);
                assertThat(run.await(120)).as(String.join("\n", run.said())).isZero();
                assertThat(run.lastWith("\"event\":\"recovering\"")).contains("worker leaving");
                assertThat(run.lastWith("\"event\":\"done\"")).contains(reference(3000));
                String again = run.lastWith("\"event\":\"placed\"");
                assertThat(again).contains("\"run_epoch\":2").doesNotContain("\"from_step\":0,");
            }
        }
    }

    @Test
    void anInterruptedCommandLeavesARunThatCanGoOn() throws IOException {
        List<String> words = Stream.concat(
                        TRAIN.stream(),
                        Stream.of("--log-every", "100", "-D", "checkpoint.folder=" + runs, "-D", "data.test=0"))
                .toList();
        try (Command run =
                Command.start(Stream.concat(words.stream(), Stream.of("--processes", "2", "--steps", "100000"))
                        .toArray(String[]::new))) {
            await().atMost(Duration.ofMinutes(1)).until(() -> run.says("\"event\":\"step\""));
            run.terminate();
            run.await(60);
            assertThat(run.lastWith("\"event\":\"done\"")).doesNotContain("\"steps\":100000");
        }

        assertThat(resumed("--steps", "3000")).isEqualTo(reference(3000));
    }

    private static String joined(Command node) {
        await().atMost(Duration.ofMinutes(1)).until(() -> node.says("\"event\":\"node\""));
        return node.lastWith("\"event\":\"node\"").replaceAll(".*\"address\":\"([^\"]+)\".*", "$1");
    }

    /** Frames that are lost on the way are sent again. */
    @Test
    @Tag("soak")
    void nodesWhoseLinkLosesFramesTrainTheSameWeights() {
        Program lossy = train("--simulate-cluster", "2", "--steps", "200", "--link", "drop=0.05,latency=200us");

        assertThat(lossy.last("weights_sha256")).isEqualTo(reference(200));
        assertThat(lossy.out()).doesNotContain("\"event\":\"recovering\"");
    }

    /** Those that the command under test has started, by their process numbers: no others are started here. */
    private static List<ProcessHandle> nodes() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .sorted()
                .toList();
    }

    @Test
    void oneProcessGoesOnWithWhatThreeHaveSaved() throws IOException {
        train("--processes", "3", "--steps", "40");

        assertThat(resumed("--steps", "90")).isEqualTo(reference(90));
    }

    @Test
    void threeProcessesGoOnWithWhatOneHasSaved() throws IOException {
        train("--steps", "40");

        assertThat(resumed("--steps", "90", "--processes", "3")).isEqualTo(reference(90));
    }

    private String resumed(String... more) throws IOException {
        Program program = Program.run(
                List.of("train", "--json", "--resume", new Runs(runs).only().toString()), more);
        assertThat(program.status()).as(program.err()).isZero();
        return program.last("weights_sha256");
    }
}
