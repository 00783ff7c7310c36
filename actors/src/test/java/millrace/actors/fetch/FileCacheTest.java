package millrace.actors.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCacheTest {
    @TempDir
    Path temp;

    private final List<String> fetched = new ArrayList<>();

    private static FileDigest digest(String name, int bytes) {
        return new FileDigest(name.repeat(64), bytes);
    }

    private FileCache.Use use(FileCache cache, String name, int bytes) {
        return cache.use(digest(name, bytes), name + ".csv", path -> {
            fetched.add(name);
            try {
                Files.write(path, new byte[bytes]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private List<String> there() throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("cache"))) {
            return files.map(path -> path.getFileName().toString().substring(0, 1))
                    .sorted()
                    .toList();
        }
    }

    private void usedAt(FileCache.Use use, long second) throws IOException {
        Files.setLastModifiedTime(use.path(), FileTime.fromMillis(second * 1000));
        use.close();
    }

    @Test
    void whoWasNotUsedForLongestGoesFirstAndNobodyWhoIsInUse() throws IOException {
        FileCache cache = new FileCache(temp.resolve("cache"), 100);
        usedAt(use(cache, "a", 40), 3);
        usedAt(use(cache, "b", 30), 1);
        usedAt(use(cache, "c", 30), 2);
        // here already
        usedAt(use(cache, "b", 30), 4);
        assertThat(fetched).containsExactly("a", "b", "c");

        usedAt(use(cache, "d", 20), 5);
        assertThat(there()).containsExactly("a", "b", "d");

        try (FileCache.Use a = use(cache, "a", 40)) {
            use(cache, "a", 40).close();
            Files.setLastModifiedTime(a.path(), FileTime.fromMillis(0));
            use(cache, "e", 60).close();
            assertThat(there()).containsExactly("a", "e");
            assertThat(a.path()).hasFileName("a".repeat(64) + ".csv");
        }
        use(cache, "f", 70).close();
        assertThat(there()).containsExactly("f");
    }

    @Test
    void aFileThatCanNeverFitIsRefused() {
        FileCache cache = new FileCache(temp.resolve("cache"), 100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> use(cache, "a", 101))
                .withMessage("data.cache.limit: 100 bytes (expected: 101 or more, as the file has that a run needs)");
        assertThat(fetched).isEmpty();
    }

    @Test
    void aFileThatWasCutShortIsFetchedAgain() throws IOException {
        FileCache cache = new FileCache(temp.resolve("cache"), 100);
        try (FileCache.Use use = use(cache, "a", 10)) {
            Files.write(use.path(), new byte[9]);
        }
        use(cache, "a", 10).close();
        assertThat(fetched).containsExactly("a", "a");
    }
}
