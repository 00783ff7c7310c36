package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Folders of checkpoints that were damaged at random: what is whole is found, what is not is told in one line, nothing
 * fails otherwise, and the next save makes the folder good again.
 */
class RandomDamageTest {
    private static final int FOLDERS = 100;
    private static final List<String> TARGETS = List.of(
            "step-00000099",
            "..",
            ".",
            "/",
            "/nowhere/at/all",
            "last",
            "best",
            "../../other/checkpoints/step-00000007");

    @TempDir
    Path folder;

    private final TreeSet<Long> whole = new TreeSet<>();

    @Test
    void whatIsWholeIsFound() throws IOException {
        new CheckpointStore(folder.resolve("other"), 1).save(Snapshots.of(7, 1), "", Map.of(), true);
        for (long step : new long[] {3, 17, 29, 41}) {
            new CheckpointStore(folder.resolve("saved"), 9).save(Snapshots.of(step, 1), "", Map.of(), true);
        }
        for (int seed = 0; seed < FOLDERS; seed++) {
            Random random = new Random(seed);
            Path run = folder.resolve("run-" + seed);
            Path checkpoints = run.resolve("checkpoints");
            build(run, random);
            for (int i = random.nextInt(6); i >= 0; i--) {
                damage(checkpoints, random);
            }
            String as = "seed " + seed + ", whole: " + whole;
            List<String> notices = new ArrayList<>();

            long found = CheckpointStore.newestWhole(run, notices::add)
                    .map(Checkpoint::step)
                    .orElse(-1L);
            if (whole.isEmpty()) {
                assertThat(found).as(as).isEqualTo(-1);
            } else {
                assertThat(whole).as(as).contains(found);
                if (found != whole.last()) {
                    assertThat(checkpoints.resolve("last").toRealPath())
                            .as(as)
                            .isEqualTo(Layout.step(checkpoints, found).toRealPath());
                }
            }
            for (Path path : List.of(run, checkpoints.resolve("last"), checkpoints.resolve("best"))) {
                try {
                    assertThat(whole)
                            .as(as)
                            .contains(CheckpointStore.load(path, notices::add).step());
                } catch (IllegalArgumentException e) {
                    notices.add(String.valueOf(e.getMessage()));
                }
            }
            assertThat(notices).as(as).allMatch(line -> line.contains(" (expected: ") && !line.contains("\n"));

            new CheckpointStore(run, 2).save(Snapshots.of(60, 1), "", Map.of(), false);
            assertThat(CheckpointStore.loadLast(run).step()).as(as).isEqualTo(60);
            assertThat(Snapshots.names(checkpoints)).as(as).noneMatch(name -> name.endsWith(".tmp"));
            Disk.delete(run);
        }
    }

    /** Copies some checkpoints: saving so many anew would wait for the disk most of the time. */
    private void build(Path run, Random random) throws IOException {
        whole.clear();
        Path checkpoints = Files.createDirectories(run.resolve("checkpoints"));
        for (Path saved : Layout.steps(folder.resolve("saved/checkpoints"))) {
            if (whole.isEmpty() || random.nextBoolean()) {
                Path copy = Files.createDirectory(checkpoints.resolve(saved.getFileName()));
                for (String name : Snapshots.names(saved)) {
                    Files.copy(saved.resolve(name), copy.resolve(name));
                }
                whole.add(Layout.stepOf(saved));
            }
        }
        List<Long> steps = List.copyOf(whole);
        for (String link : List.of("last", "best")) {
            long step = steps.get(random.nextInt(steps.size()));
            Disk.link(checkpoints.resolve(link), Layout.step(checkpoints, step));
        }
    }

    private void damage(Path checkpoints, Random random) throws IOException {
        List<Path> steps = Layout.steps(checkpoints);
        if (steps.isEmpty()) {
            return;
        }
        Path step = steps.get(random.nextInt(steps.size()));
        List<Path> files = new ArrayList<>();
        for (String name : Snapshots.names(step)) {
            files.add(step.resolve(name));
        }
        Path file = files.isEmpty() ? step : files.get(random.nextInt(files.size()));
        String link = random.nextBoolean() ? "last" : "best";
        int kind = random.nextInt(8);
        if (kind < 4 || kind == 7) {
            whole.remove(Layout.stepOf(step));
        }
        switch (kind) {
            case 0 -> Disk.delete(step);
            case 1 -> Disk.delete(file);
            case 2 -> {
                if (Files.isRegularFile(file)) {
                    byte[] bytes = Files.readAllBytes(file);
                    Files.write(file, new byte[random.nextInt(bytes.length)]);
                }
            }
            case 3 -> {
                if (Files.isRegularFile(file)) {
                    byte[] bytes = Files.readAllBytes(file);
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    Files.write(file, bytes);
                }
            }
            case 4, 5 -> {
                Disk.delete(checkpoints.resolve(link));
                Files.createSymbolicLink(
                        checkpoints.resolve(link), Path.of(TARGETS.get(random.nextInt(TARGETS.size()))));
            }
            case 6 -> {
                Path half = checkpoints.resolve(".step-00000055." + UUID.nameUUIDFromBytes(new byte[] {1}) + ".tmp");
                Files.createDirectories(half);
                Files.write(half.resolve("model.safetensors"), new byte[random.nextInt(100)]);
            }
            default -> {
                Disk.delete(file);
                Files.createDirectories(file.resolve("in the place of a file"));
            }
        }
    }
}
