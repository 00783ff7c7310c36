package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunEpochsTest {
    @TempDir
    Path folder;

    @Test
    void claimsCountUpAcrossProcesses() {
        assertThat(new RunEpochs(folder).claim()).isEqualTo(1);
        assertThat(new RunEpochs(folder).claim()).isEqualTo(2);
        assertThat(new RunEpochs(folder).claim(6)).isEqualTo(7);
        assertThat(new RunEpochs(folder).claim(6)).isEqualTo(8);
    }

    @Test
    void nobodyGetsTheSameEpochAtTheSameTime() {
        List<Long> claims = IntStream.range(0, 64)
                .parallel()
                .mapToObj(_ -> new RunEpochs(folder).claim())
                .sorted()
                .toList();

        assertThat(claims).doesNotHaveDuplicates().hasSize(64);
    }

    @Test
    void aTrainerThatWasSucceededMayNotSave() {
        RunEpochs epochs = new RunEpochs(folder);
        long mine = epochs.claim();
        epochs.requireNewest(mine);
        new RunEpochs(folder).claim();

        assertThatIllegalStateException()
                .isThrownBy(() -> epochs.requireNewest(mine))
                .withMessage("run epoch: 1 (expected: 2, the newest); another trainer goes on with this run");
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("run"), "a file");

        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> new RunEpochs(file).claim())
                .withMessageContaining("run/epochs: ")
                .withMessageContaining("(expected: a folder that can be written)");
    }
}
