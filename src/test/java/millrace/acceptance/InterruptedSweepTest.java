package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.acceptance.cluster.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptedSweepTest {
    private static final int TERMINATED = 143;

    @TempDir
    private Path folder = Path.of("");

    /** The trial under way is saved, those that have not begun are there, and the table is said. */
    @Test
    void aSweepThatIsInterruptedLeavesWhatItHas() throws IOException {
        Path csv = folder.resolve("sweep.csv");
        String runs = "checkpoint.folder=" + folder.resolve("runs");
        try (Command sweep = Command.start(
                "sweep", "digits", "--grid", "training.epochs=1,100000,2", "--csv", csv.toString(), "-D", runs)) {
            sweep.awaitLine("trial 1 of 3");

            sweep.terminate();

            assertThat(sweep.await()).isEqualTo(TERMINATED);
            assertThat(sweep.says("best: trial 1, ")).isTrue();
        }
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines.subList(1, lines.size()))
                .extracting(
                        line -> String.join(",", List.of(line.split(",", -1)).subList(0, 3)))
                .containsExactly("1,1,done", "2,100000,interrupted", "3,2,waiting");
        String run = List.of(lines.get(2).split(",", -1)).reversed().get(1);
        assertThat(Path.of(run).resolve("run.conf")).exists();
    }
}
