package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever ends a write early, the old file stays and nothing else does. */
class SafetensorsWriteFailureTest {
    @TempDir
    Path folder;

    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

    @Test
    void replacesTheOldFileAndLeavesNothingElse() throws IOException {
        Path file = oldFile();
        Safetensors.write(file, tensors, metadata);
        assertThat(Safetensors.read(file).tensors()).isEmpty();
        assertThat(list(folder)).containsExactly(file);
    }

    @Test
    void relativePath() throws IOException {
        Path file = Path.of("").toRealPath().relativize(oldFile().toRealPath());
        Safetensors.write(file, tensors, metadata);
        assertThat(Safetensors.read(file).tensors()).isEmpty();
    }

    @Test
    void failureAfterTheFirstTensor() throws IOException {
        Path file = oldFile();
        tensors.put("first", Tensor.of(Arena.ofAuto(), Shape.of(2), 1, 2));
        try (Arena arena = Arena.ofConfined()) {
            tensors.put("gone", Tensor.of(arena, Shape.of(1), 3));
        }
        assertThatThrownBy(() -> Safetensors.write(file, tensors, metadata)).isInstanceOf(IllegalStateException.class);
        assertUntouched(file);
    }

    @Test
    void failureOfTheDisk() throws IOException {
        Path file = oldFile();
        assertThatThrownBy(() -> AtomicFile.write(file, _ -> {
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage(file + ": not written, no space left on device"
                        + " (expected: a writable disk with room); check the disk");
        assertUntouched(file);
    }

    @Test
    void interruptedThread() throws IOException {
        Path file = oldFile();
        try {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> Safetensors.write(file, tensors, metadata))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(": not written, interrupted (expected: ");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertUntouched(file);
    }

    @Test
    void targetIsAFolder() throws IOException {
        Path target = Files.createDirectory(folder.resolve("model.safetensors"));
        assertRefused(target).hasMessage(target + ": a folder (expected: the path of a file); add a file name");
        assertThat(list(folder)).containsExactly(target);
        assertThat(list(target)).isEmpty();
    }

    @Test
    void targetIsTheRoot() {
        assertRefused(folder.getRoot()).hasMessageContaining(": a folder (expected: the path of a file);");
    }

    @Test
    void noFolder() {
        Path missing = folder.resolve("missing");
        Path file = missing.resolve("model.safetensors");
        assertRefused(file).hasMessage(file + ": no folder " + missing + " (expected: an existing folder); create it");
    }

    @Test
    void folderMayNotBeWritten() throws IOException {
        Path file = oldFile();
        assumeTrue(folder.toFile().setWritable(false));
        try {
            assumeFalse(Files.isWritable(folder), "root writes everywhere");
            assertRefused(file).hasMessageContaining("no permission to write in " + folder);
            assertUntouched(file);
        } finally {
            assertThat(folder.toFile().setWritable(true)).isTrue();
        }
    }

    @Test
    void reservedName() throws IOException {
        Path file = oldFile();
        tensors.put("__metadata__", Tensor.of(Arena.ofAuto(), Shape.of(1), 1));
        assertRefused(file)
                .hasMessage(file + ": a tensor called __metadata__ (expected: another name, this one is reserved);"
                        + " rename it");
        assertUntouched(file);
    }

    @Test
    void halfASurrogatePair() throws IOException {
        Path file = oldFile();
        metadata.put("key", "\ud83d");
        assertRefused(file).hasMessageContaining("half a surrogate pair in a name or text (expected: valid Unicode);");
        assertUntouched(file);
    }

    @Test
    void headerTooLongToBeReadAgain() {
        metadata.put("key", "text");
        Header header = Header.describing("file", tensors, metadata);
        assertThat(header.encode("file", 32).remaining()).isEqualTo(8 + 32);
        assertThatThrownBy(() -> header.encode("file", 31))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("file: names and metadata take 32 bytes (expected: at most 31);"
                        + " keep long texts in a file of their own");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Path file) {
        return assertThatThrownBy(() -> Safetensors.write(file, tensors, metadata))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private Path oldFile() throws IOException {
        return Files.writeString(folder.resolve("model.safetensors"), "old");
    }

    private void assertUntouched(Path file) throws IOException {
        assertThat(file).hasContent("old");
        assertThat(list(folder)).containsExactly(file);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
