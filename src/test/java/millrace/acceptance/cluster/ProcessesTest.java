package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.acceptance.Program;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes, as a user starts them, one of them killed as {@code kill -9} does. */
@Timeout(value = 480, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Order(1)
class ProcessesTest {
    private static final List<String> TRAIN = List.of("train", "digits", "--json", "--batch", "32", "--epochs", "100");
    /** With these a step takes 20 ms or more, in which hardly anything is computed: a run is long enough to be disturbed. */
    private static final List<String> SLOW_LINKS = List.of("--link", "latency=10ms");
    /** By the norm of the whole gradient, which the processes have to tell each other. */
    private static final String[] CLIPPED = {"--clip-norm", "0.2"};

    @TempDir
    Path runs;

    /** A run in the folder of runs, started and not waited for. */
    private Command start(String... more) {
        Stream<String> always = Stream.concat(TRAIN.stream(), Stream.of("-D", "checkpoint.folder=" + runs));
        return Command.start(Stream.concat(always, Stream.of(more)).toArray(String[]::new));
    }

    private Command startSlowly(String... more) {
        return start(Stream.concat(SLOW_LINKS.stream(), Stream.of(more)).toArray(String[]::new));
    }

    /** What sequential training comes to. */
    private static String reference(int steps, String... more) {
        List<String> sequential = new ArrayList<>(TRAIN);
        sequential.addAll(List.of("--sequential", "--steps", "" + steps, "-D", "checkpoint.enabled=false"));
        return Program.run(sequential, more).last("weights_sha256");
    }

    /** Of two, and then SIGTERM to the command: what they have saved is enough for one process to go on with. */
    @Test
    void aProcessThatIsKilledCostsOnlyTimeAndOneGoesOnWithWhatTwoHadSaved() throws IOException {
        List<ProcessHandle> nodes;
        try (Command run = startClipped(4000)) {
            nodes = kill(run, 0);
            run.awaitLine("\"run_epoch\":2");
            int steps = run.all("\"event\":\"step\"").size();
            await().atMost(Command.PATIENCE)
                    .until(() -> run.all("\"event\":\"step\"").size() > steps);
            run.terminate();
            run.await();

            assertThat(run.says("\"event\":\"recovering\"")).isTrue();
            assertThat(run.lastWith("\"event\":\"placed\"")).contains("\"run_epoch\":2");
            Config done = ConfigFactory.parseString(run.lastWith("\"event\":\"done\""));
            assertThat(done.getInt("steps")).isLessThan(4000);
            assertThat(done.getString("weights_sha256"))
                    .isEqualTo(reference(done.getInt("steps"), CLIPPED))
                    .isNotEqualTo(reference(done.getInt("steps")));
        }
        assertThatAllEnd(nodes);

        // had it trained on for longer, its weights would be others
        assertThat(resumed("--steps", "400", "-D", "pipeline.link=null")).isEqualTo(reference(400, CLIPPED));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @Tag("soak")
    void soDoesARunThatIsLeftAlone(int victim) throws IOException {
        try (Command run = startClipped(200)) {
            List<ProcessHandle> nodes = kill(run, victim);
            assertThat(run.await()).as(String.join("\n", run.said())).isZero();
            assertThat(run.says("\"event\":\"recovering\"")).isTrue();
            assertThat(run.lastWith("\"event\":\"placed\"")).contains("\"run_epoch\":2");
            assertThat(run.lastWith("\"event\":\"done\"")).contains(reference(200, CLIPPED));
            assertThatAllEnd(nodes);
        }
    }

    private Command startClipped(int steps) {
        String words = "--processes 2 --log-every 5 -D checkpoint.interval=500ms --steps " + steps;
        return startSlowly(Stream.concat(Stream.of(words.split(" ", -1)), Stream.of(CLIPPED))
                .toArray(String[]::new));
    }

    /** Kills one of two processes as soon as there is a checkpoint; both as they were. */
    private List<ProcessHandle> kill(Command run, int victim) {
        await().atMost(Command.PATIENCE).until(new Runs(runs)::hasCheckpoint);
        List<ProcessHandle> nodes = run.started();
        assertThat(nodes).hasSize(2);
        nodes.get(victim).destroyForcibly();
        return nodes;
    }

    private static void assertThatAllEnd(List<ProcessHandle> nodes) {
        await().atMost(Command.PATIENCE).until(() -> nodes.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** SIGTERM: the ranks drain, with a checkpoint that is not of the interval, and go on where they are wanted. */
    @Test
    void aNodeThatIsAskedToGoCostsNoStep() {
        try (Command first = Command.start("node", "--port", "0", "--json")) {
            String one = joined(first);
            try (Command second = Command.start("node", "--port", "0", "--json", "--join", one)) {
                joined(second);
                String words = "--cluster " + one + " --steps 80 --log-every 5 -D checkpoint.interval=1h";
                try (Command run = startSlowly(words.split(" ", -1))) {
                    run.awaitLine("\"event\":\"step\"");
                    second.terminate();

                    assertThat(second.await()).as("128 + SIGTERM").isEqualTo(143);
                    assertThat(run.await()).as(String.join("\n", run.said())).isZero();
                    assertThat(run.lastWith("\"event\":\"recovering\"")).contains("worker leaving");
                    assertThat(run.lastWith("\"event\":\"done\"")).contains(reference(80));
                    String again = run.lastWith("\"event\":\"placed\"");
                    assertThat(again).contains("\"run_epoch\":2").doesNotContain("\"from_step\":0,");
                }
            }
        }
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
