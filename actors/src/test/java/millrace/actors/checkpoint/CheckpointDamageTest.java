package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint that is not as it was written is refused, with the name of the file and what to use instead. */
class CheckpointDamageTest {
    private static final String MANIFEST = "manifest.textproto";
    private static final String MODEL = "model.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";

    @TempDir
    Path run;

    private Path best = Path.of("");
    private Path last = Path.of("");

    @BeforeEach
    void saveTwo() {
        CheckpointStore store = new CheckpointStore(run, 3);
        best = store.save(Snapshots.of(1, 1), "a = 1", Map.of("loss", 0.5), true);
        store.save(Snapshots.of(2, 1), "a = 1", Map.of("loss", 0.7), false);
        last = run.resolve("checkpoints").resolve("last");
    }

    @ParameterizedTest
    @ValueSource(strings = {MANIFEST, MODEL, OPTIMIZER})
    void flippedBitInAnyByte(String name) throws IOException {
        Path file = best.resolve(name);
        byte[] valid = Files.readAllBytes(file);
        for (int at = 0; at < valid.length; at += 7) {
            byte[] bytes = valid.clone();
            bytes[at] = (byte) (bytes[at] ^ 1 << at % Byte.SIZE);
            Files.write(file, bytes);
            assertRefused(run)
                    .as("byte " + at)
                    .startsWith(file + ": ")
                    .endsWith(" use another checkpoint, for example " + last);
        }
    }

    @Test
    void flippedBitNamesBothDigests() throws IOException {
        Path file = best.resolve(MODEL);
        String digest = Disk.sha256(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        assertRefused(best)
                .isEqualTo(file + ": sha256 " + Disk.sha256(file) + " (expected: " + digest
                        + "); the file is damaged, use another checkpoint, for example " + last);
    }

    @Test
    void truncated() throws IOException {
        Path file = best.resolve(OPTIMIZER);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused(best)
                .isEqualTo(file + ": " + (bytes.length - 1) + " bytes (expected: " + bytes.length
                        + "); the file is damaged, use another checkpoint, for example " + last);
    }

    @Test
    void truncatedManifest() throws IOException {
        Path file = best.resolve(MANIFEST);
        for (int length : new int[] {0, 1, 50, 100, (int) Files.size(file) - 1}) {
            Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
            assertRefused(best).startsWith(file + ": the last line does not fit the ");
        }
    }

    @Test
    void missingFile() throws IOException {
        Path file = best.resolve(MODEL);
        long size = Files.size(file);
        Files.delete(file);
        assertRefused(best)
                .isEqualTo(file + ": no such file (expected: " + size
                        + " bytes); the checkpoint is damaged, use another checkpoint, for example " + last);
    }

    @Test
    void missingManifest() throws IOException {
        Files.delete(best.resolve(MANIFEST));
        assertRefused(best)
                .isEqualTo(best + ": no manifest.textproto (expected: a complete checkpoint, or a run folder);"
                        + " check the path or use another checkpoint, for example " + last);
    }

    @Test
    void noOtherCheckpoint() throws IOException {
        Path copy = Files.createDirectories(run.resolve("copy").resolve("x"));
        for (String name : new String[] {MANIFEST, OPTIMIZER}) {
            Files.copy(best.resolve(name), copy.resolve(name));
        }
        assertRefused(copy).endsWith("; the checkpoint is damaged, use another checkpoint");
    }

    @Test
    void theOtherCheckpointIsNotTheDamagedOneUnderAnotherName() throws IOException {
        Files.delete(last.resolve(MODEL));
        assertRefused(last)
                .startsWith(run.resolve("checkpoints/step-00000002/model.safetensors") + ": ")
                .endsWith(", for example " + run.resolve("checkpoints/best"));
    }

    @Test
    void noCheckpointAtAll() throws IOException {
        Path missing = run.resolve("missing");
        assertRefused(missing)
                .isEqualTo(missing + ": no such folder (expected: the folder of a checkpoint or of a run);"
                        + " check the path");
        Path file = best.resolve(MODEL);
        assertRefused(file)
                .isEqualTo(file + ": a file (expected: the folder of a checkpoint or of a run); check the path");
        Path empty = Files.createDirectories(run.resolve("b/checkpoints"));
        assertRefused(run.resolve("b"))
                .isEqualTo(empty + ": empty (expected: a checkpoint); train first, or choose another run");
    }

    private static AbstractStringAssert<?> assertRefused(Path path) {
        Throwable thrown = catchThrowable(() -> CheckpointStore.load(path));
        assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
        return assertThat(thrown.getMessage()).hasLineCount(1).contains(" (expected: ");
    }
}
