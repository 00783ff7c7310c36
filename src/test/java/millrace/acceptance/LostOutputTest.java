package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import millrace.acceptance.cluster.Command;
import millrace.acceptance.cluster.Runs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Standard output that cannot be written: a full disk is told in one line, a closed pipe is not, and both are no success. */
class LostOutputTest {
    private static final String FULL = "error: standard output: No space left on device";

    @TempDir
    private Path folder = Path.of("");

    /** With standard output to a device that is always full; what it says comes from standard error. */
    private static Command onFullDisk(String... words) {
        assumeTrue(Files.exists(Path.of("/dev/full")), "a device that is always full");
        return Command.through("exec \"$@\" > /dev/full", words);
    }

    private static List<String> errors(Command command) {
        return command.said().stream()
                .filter(line -> !line.startsWith("WARNING: "))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"schedule 1f1b --ranks 2 --micro-batches 4", "train --help"})
    void aFullDiskIsTold(String words) {
        try (Command command = onFullDisk(words.split(" ", -1))) {
            assertThat(command.await()).isEqualTo(1);
            assertThat(errors(command)).containsExactly(FULL);
        }
    }

    /** The run would take for ever: it ends at the first line that is lost, and is saved. */
    @Test
    void aRunWhoseOutputIsLostIsSavedAndEnds() throws IOException {
        Path runs = folder.resolve("runs");
        try (Command train =
                onFullDisk("train", "digits", "--epochs", "1000000", "--json", "-D", "checkpoint.folder=" + runs)) {
            assertThat(train.await()).isEqualTo(1);
            Path run = new Runs(runs).only();
            assertThat(errors(train))
                    .singleElement()
                    .asString()
                    .startsWith(FULL + "; the run has ended after ")
                    .endsWith(", checkpoints: " + run);
            assertThat(run.resolve("checkpoints/last")).exists();
        }
    }

    @Test
    void aReaderThatHasSeenEnoughIsNoErrorToTell() {
        String closed = "{ \"$@\"; echo status $? >&2; } | head -1 > /dev/null";
        String[] words = Stream.of("train digits --epochs 1000000 --json -D checkpoint.enabled=false".split(" ", -1))
                .toArray(String[]::new);
        try (Command train = Command.through(closed, words)) {
            train.await();

            assertThat(errors(train)).as("128 + SIGPIPE").containsExactly("status 141");
        }
    }
}
