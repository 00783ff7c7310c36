package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import millrace.acceptance.cluster.Command;
import millrace.acceptance.cluster.Runs;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C at a real terminal: once, what is under way ends in order and is saved; twice, at once; always status 130. */
@Order(2)
class CtrlCTest {
    private static final String HEARD = "millrace: interrupted, ending in order; once more ends at once";
    private static final int INTERRUPTED = 130;

    @TempDir
    private Path folder = Path.of("");

    private Command start(String words) {
        Stream<String> kept = Stream.of("-D", "checkpoint.folder=" + folder.resolve("runs"));
        return Command.atTerminal(
                Stream.concat(Stream.of(words.split(" ", -1)), kept).toArray(String[]::new));
    }

    /** The bar of the first epoch is over then: its library once took the signal when it had drawn one. */
    private static void interruptInTheSecondEpoch(Command train) {
        train.awaitLine("epoch 1: loss");
        train.pressCtrlC();
    }

    private void assertSaved(Command train) throws IOException {
        assertThat(train.await()).as(String.join("\n", train.said())).isEqualTo(INTERRUPTED);
        assertThat(train.said()).contains(HEARD).anyMatch(line -> line.startsWith("interrupted after "));
        Path run = new Runs(folder.resolve("runs")).only();
        assertThat(train.says("checkpoints: " + run)).isTrue();
        assertThat(run.resolve("checkpoints/last")).exists();
    }

    @Test
    void trainSaves() throws IOException {
        try (Command train = start("train digits --epochs 1000000")) {
            interruptInTheSecondEpoch(train);

            assertSaved(train);
        }
    }

    @Tag("cluster")
    @ParameterizedTest
    @ValueSource(strings = {"--processes 2", "--simulate-cluster 2"})
    void trainOnSeveralNodesSaves(String nodes) throws IOException {
        try (Command train = start("train digits --epochs 1000000 " + nodes)) {
            interruptInTheSecondEpoch(train);

            assertSaved(train);
            assertThat(train.started()).isEmpty();
        }
    }

    /** A step of this run takes minutes: the first Ctrl-C alone would have to wait for it. */
    @Test
    void theSecondTimeEndsAtOnce() {
        try (Command train = start("train mlp-wide --batch 60000 --micro-batches 1 --epochs 1000")) {
            train.awaitLine("stage 0: ");
            train.pressCtrlC();
            train.awaitLine(HEARD);
            train.pressCtrlC();

            assertThat(train.await()).isEqualTo(INTERRUPTED);
            assertThat(train.says("interrupted after ")).isFalse();
        }
    }

    @Test
    void sweepTellsWhatItHas() throws IOException {
        try (Command sweep = start("sweep digits --grid training.epochs=1,1000000,2")) {
            sweep.awaitLine("trial 1 of 3");
            Awaitility.await().atMost(Command.PATIENCE).until(() -> hasCheckpoint("trial-002"));
            sweep.pressCtrlC();

            assertThat(sweep.await()).as(String.join("\n", sweep.said())).isEqualTo(INTERRUPTED);
            assertThat(sweep.said()).contains(HEARD).anyMatch(line -> line.startsWith("best: trial 1, "));
        }
    }

    private boolean hasCheckpoint(String trial) throws IOException {
        return Files.exists(new Runs(folder.resolve("runs")).only().resolve(trial + "/checkpoints/last"));
    }

    @Test
    void compareTellsWhatItHas() {
        try (Command compare =
                start("compare digits --schedule gpipe,1f1b,zb-h1 --ranks 2 --steps 300 --json --batch 32")) {
            compare.awaitLine("\"gpipe");
            compare.pressCtrlC();

            assertThat(compare.await()).as(String.join("\n", compare.said())).isEqualTo(INTERRUPTED);
            assertThat(compare.said()).contains(HEARD).noneMatch(line -> line.contains("\"zb-h1"));
        }
    }

    /** Nothing can be said any more. An epoch takes minutes: only who ends in order has a checkpoint before its end. */
    @Test
    void aClosedTerminalEndsTheRunAndSavesIt() throws IOException {
        String longEpochs = "train digits --batch 1 --micro-batches 1 --epochs 1000 --link latency=50ms"
                + " -D checkpoint.interval=1h";
        try (Command train = start(longEpochs)) {
            // the bar shows steps
            train.awaitLine("loss");
            List<ProcessHandle> there = train.closeTerminal();

            assertThat(there).isNotEmpty();
            Awaitility.await()
                    .atMost(Command.PATIENCE)
                    .until(() -> there.stream().noneMatch(ProcessHandle::isAlive));
            Path run = new Runs(folder.resolve("runs")).only();
            assertThat(train.says("epoch 1: loss")).isFalse();
            assertThat(run.resolve("checkpoints/last")).exists();
        }
    }

    @Test
    void benchEnds() {
        List<String> words = List.of("bench", "digits", "--steps", "9000000", "--schedule", "1f1b");
        try (Command bench = Command.atTerminal(words.toArray(String[]::new))) {
            // it says nothing before it is over; a JVM that has computed for so long is training
            Awaitility.await()
                    .atMost(Command.PATIENCE)
                    .until(() -> bench.started().stream()
                            .anyMatch(java -> java.info()
                                            .totalCpuDuration()
                                            .orElse(Duration.ZERO)
                                            .compareTo(Duration.ofSeconds(4))
                                    > 0));
            bench.pressCtrlC();

            assertThat(bench.await()).as(String.join("\n", bench.said())).isEqualTo(INTERRUPTED);
            assertThat(bench.said()).noneMatch(line -> line.contains("samples/s"));
        }
    }

    @Test
    void generateEndsItsLine() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "to be or not to be\n".repeat(50));
        Path file = Files.writeString(folder.resolve("run.conf"), """
                name = small
                model.layers = [{ type = embedding, vocabulary = classes, width = 8 }, { type = dense, units = classes }]
                data { context = 8, text = "%s" }
                pipeline.stages = 1
                """.formatted(text));
        String kept = "checkpoint.folder=" + folder.resolve("runs");
        assertThat(Program.run("train", file.toString(), "--steps", "1", "-D", kept)
                        .status())
                .isZero();
        String run = new Runs(folder.resolve("runs")).only().toString();
        List<String> words = List.of("generate", run, "--prompt", "to be", "--length", "1000000000");

        try (Command generate = Command.atTerminal(words.toArray(String[]::new))) {
            generate.awaitLine("to be");
            generate.pressCtrlC();

            assertThat(generate.await()).isEqualTo(INTERRUPTED);
            assertThat(generate.said()).contains(HEARD);
        }
    }
}
