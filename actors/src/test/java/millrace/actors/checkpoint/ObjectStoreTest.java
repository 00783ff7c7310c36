package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint store needs no more of the place that keeps its checkpoints than the interface says. */
class ObjectStoreTest {
    @TempDir
    private Path folder = Path.of("");

    private final Memory objects = new Memory();

    /** Objects that are on no disk, as those of an object store are not. */
    private final class Memory implements ObjectStore {
        private final Map<String, Map<String, byte[]>> all = new TreeMap<>();
        private final Map<String, String> labels = new TreeMap<>();
        private boolean full;

        @Override
        public Path draft(String name) {
            return folder.resolve("draft of " + name);
        }

        @Override
        public void put(Path draft, String name) throws IOException {
            if (full) {
                throw new IOException("no room");
            }
            Map<String, byte[]> files = new TreeMap<>();
            for (Path file : files(draft)) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
            all.put(name, files);
        }

        @Override
        public Optional<Path> get(String name) throws IOException {
            if (!all.containsKey(name)) {
                return Optional.empty();
            }
            Path copy = Files.createTempDirectory(folder, "copy");
            for (Map.Entry<String, byte[]> file : all.get(name).entrySet()) {
                Files.write(copy.resolve(file.getKey()), file.getValue());
            }
            return Optional.of(copy);
        }

        @Override
        public List<String> list() {
            return List.copyOf(all.keySet());
        }

        @Override
        public void delete(String name) {
            all.remove(name);
        }

        @Override
        public void point(String label, String name) {
            labels.put(label, name);
        }

        @Override
        public Optional<String> pointed(String label) {
            return Optional.ofNullable(labels.get(label));
        }

        @Override
        public void tidy(Path own) {}
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private void save(CheckpointStore store, long step, boolean best) {
        store.save(Snapshots.of(step, step), "", Map.of(), best);
    }

    @Test
    void checkpointsAreKeptAndReadBackWhole() throws IOException {
        CheckpointStore store = new CheckpointStore(folder.resolve("run"), objects, 2);
        save(store, 1, true);
        save(store, 2, false);
        save(store, 3, false);
        save(store, 4, false);

        assertThat(objects.list()).containsExactly("step-00000001", "step-00000003", "step-00000004");
        assertThat(objects.labels).isEqualTo(Map.of("last", "step-00000004", "best", "step-00000001"));
        Checkpoint read = CheckpointStore.load(objects.get("step-00000004").orElseThrow());
        assertThat(read.step()).isEqualTo(4);
        assertThat(read.tensors()).isNotEmpty();
        assertThat(folder.resolve("run")).doesNotExist();
        assertThat(files(folder)).noneMatch(file -> file.toString().contains("draft"));
    }

    @Test
    void whatCannotBePutChangesNothing() {
        CheckpointStore store = new CheckpointStore(folder.resolve("run"), objects, 1);
        save(store, 1, false);
        objects.full = true;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> save(store, 2, true))
                .withMessageContaining("step-00000002: not saved, no room (expected: ");
        assertThat(objects.list()).containsExactly("step-00000001");
        assertThat(objects.labels).isEqualTo(Map.of("last", "step-00000001"));
    }

    @Test
    void foldersAreTheOnesThatWereThereBefore() {
        CheckpointStore store = new CheckpointStore(folder.resolve("run"), 1);
        save(store, 1, false);
        FolderStore folders = new FolderStore(folder.resolve("run/checkpoints"));
        try {
            assertThat(folders.list()).containsExactly("step-00000001");
            assertThat(folders.pointed("last")).contains("step-00000001");
            assertThat(folders.pointed("best")).isEmpty();
            assertThat(folders.get("step-00000001")).contains(folder.resolve("run/checkpoints/step-00000001"));
            assertThat(folders.get("step-00000002")).isEmpty();
            folders.delete("step-00000001");
            assertThat(folders.list()).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
