package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InWordsTest {
    @TempDir
    Path folder;

    private static String reasonOf(ThrowingCallable action) {
        return InWords.reason(catchThrowableOfType(IOException.class, action));
    }

    @Test
    void whatTheSystemRefuses() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path full = Files.createDirectories(folder.resolve("full/inner")).getParent();
        assertThat(reasonOf(() -> Files.size(folder.resolve("none")))).isEqualTo("no such file or folder");
        assertThat(reasonOf(() -> Files.createFile(file))).isEqualTo("something with this name is there already");
        assertThat(reasonOf(() -> Files.delete(full))).isEqualTo("the folder is not empty");
        assertThat(reasonOf(() -> {
                    try (DirectoryStream<Path> in = Files.newDirectoryStream(file)) {
                        assertThat(in).isEmpty();
                    }
                }))
                .isEqualTo("not a folder");
        assertThat(reasonOf(() -> Files.createDirectory(file.resolve("below")))).isEqualTo("not a directory");
        assertThat(reasonOf(() -> Files.writeString(Path.of("/dev/full"), "x"))).isEqualTo("no space left on device");
    }

    @Test
    void noNameOfAnExceptionAndNoFileIsTold() {
        assertThat(InWords.reason(new AccessDeniedException("/a/.hidden"))).isEqualTo("permission denied");
        assertThat(InWords.reason(new FileSystemException("/a/.hidden", null, "Read-only file system")))
                .isEqualTo("read-only file system");
        assertThat(InWords.reason(new UncheckedIOException("/b: not written", new AccessDeniedException("/a"))))
                .isEqualTo("permission denied");
        assertThat(InWords.reason(new IOException("GOAWAY received"))).isEqualTo("GOAWAY received");
        assertThat(InWords.reason(new IOException())).isEqualTo("it cannot be read or written");
    }
}
