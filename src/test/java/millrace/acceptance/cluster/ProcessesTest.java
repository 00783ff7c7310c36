package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import millrace.acceptance.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes, as a user starts them, one of them killed as {@code kill -9} does. */
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

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aProcessThatIsKilledCostsOnlyTime(int victim) {
        CompletableFuture<Program> run =
                CompletableFuture.supplyAsync(() -> train("--processes", "2", "--steps", "1500"));
        await().atMost(Duration.ofMinutes(2)).until(this::hasCheckpoint);
        List<ProcessHandle> nodes = nodes();
        assertThat(nodes).hasSize(2);
        nodes.get(victim).destroyForcibly();

        Program ended = run.join();

        assertThat(ended.out()).contains("\"event\":\"recovering\"").contains("\"run_epoch\":2");
        assertThat(ended.last("weights_sha256")).isEqualTo(reference(1500));
        await().atMost(Duration.ofSeconds(30)).until(() -> nodes().isEmpty());
    }

    private boolean hasCheckpoint() throws IOException {
        try (Stream<Path> folders = Files.list(runs)) {
            return folders.anyMatch(folder -> Files.exists(folder.resolve("checkpoints/last")));
        }
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
        Optional<Path> run;
        try (Stream<Path> folders = Files.list(runs)) {
            run = folders.findFirst();
        }
        Program program = Program.run(
                List.of("train", "--json", "--resume", run.orElseThrow().toString()), more);
        assertThat(program.status()).as(program.err()).isZero();
        return program.last("weights_sha256");
    }
}
