package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import millrace.actors.plan.CourseState;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.actors.wire.manifest.ManifestCodec;
import millrace.nn.io.Safetensors;
import millrace.nn.tensor.Tensor;

/** Finds a checkpoint, checks every byte of it, and says what to use instead of a damaged one. Changes nothing. */
final class CheckpointReader {
    private static final String DAMAGED = "the file is damaged, ";

    private final Path folder;

    private CheckpointReader(Path folder) {
        this.folder = folder;
    }

    /**
     * @param preferred which links of a run folder to follow, the first that is there
     */
    static Checkpoint load(Path path, List<String> preferred) {
        try {
            return new CheckpointReader(found(path, preferred)).read();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** What {@link CheckpointStore#newestWhole} does. */
    static Optional<Checkpoint> newestWhole(Path runFolder, Consumer<String> damaged) {
        Path checkpoints = runFolder.resolve(Layout.CHECKPOINTS);
        try {
            if (!Files.isDirectory(checkpoints)) {
                return Optional.empty();
            }
            Set<Path> candidates = new LinkedHashSet<>();
            Layout.linked(checkpoints, Layout.LAST).map(Path::getFileName).ifPresent(candidates::add);
            Layout.steps(checkpoints).stream().map(Path::getFileName).forEach(candidates::add);
            for (Path candidate : candidates) {
                try {
                    return Optional.of(new CheckpointReader(present(checkpoints.resolve(candidate))).read());
                } catch (IllegalArgumentException e) {
                    damaged.accept(String.valueOf(e.getMessage()));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(runFolder, e);
        }
    }

    private static IllegalArgumentException unreadable(Path path, IOException e) {
        return new IllegalArgumentException(
                path + ": " + e + " (expected: a readable checkpoint); check the disk and its permissions", e);
    }

    /** The step folder that is meant. */
    private static Path found(Path path, List<String> preferred) throws IOException {
        // followed once and for all, so that a link that moves meanwhile cannot mix two checkpoints
        Path target = present(Files.isSymbolicLink(path) ? path.resolveSibling(Files.readSymbolicLink(path)) : path);
        if (!Files.isDirectory(target)) {
            throw new IllegalArgumentException(path + ": " + (Files.exists(target) ? "a file" : "no such folder")
                    + " (expected: the folder of a checkpoint or of a run); check the path");
        }
        Path checkpoints = target.resolve(Layout.CHECKPOINTS);
        if (!Files.isDirectory(checkpoints)) {
            return target;
        }
        for (String link : preferred) {
            Optional<Path> linked = Layout.linked(checkpoints, link);
            if (linked.isPresent() && Files.isDirectory(present(linked.get()))) {
                return present(linked.get());
            }
        }
        // a writer that was killed between its first checkpoint's rename and the links
        return Layout.steps(checkpoints).stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        checkpoints + ": empty (expected: a checkpoint); train first, or choose another run"));
    }

    /** The folder itself, or where it was put aside by a writer that was killed while replacing it. */
    private static Path present(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (Files.exists(folder) || parent == null || !Files.isDirectory(parent)) {
            return folder;
        }
        return Layout.leftovers(parent, Layout.ASIDE).stream()
                .filter(aside -> Layout.visible(aside).getFileName().equals(folder.getFileName()))
                .findFirst()
                .orElse(folder);
    }

    private Checkpoint read() throws IOException {
        Path file = folder.resolve(Layout.MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw problem(
                    folder, "no " + Layout.MANIFEST, "a complete checkpoint, or a run folder", "check the path or ");
        }
        Manifest manifest;
        try {
            manifest = ManifestCodec.decode(Files.readAllBytes(file));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    file + ": " + e.getMessage() + "; the file is damaged or of another version, " + remedy(), e);
        }
        if (manifest.files().stream().noneMatch(entry -> Layout.holdsWeights(entry.name()))) {
            throw problem(file, "does not list " + Layout.MODEL, "the weights", "they are missing, ");
        }
        for (FileEntry entry : manifest.files()) {
            check(entry);
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (FileEntry entry : manifest.files()) {
            tensors.putAll(Safetensors.read(folder.resolve(entry.name())).tensors());
        }
        return new Checkpoint(
                folder,
                manifest.step(),
                manifest.configuration(),
                new SavedModel(manifest.model()),
                manifest.metrics(),
                CourseState.of(manifest.progress(), manifest.terms()),
                tensors);
    }

    private void check(FileEntry entry) throws IOException {
        Path file = folder.resolve(entry.name());
        if (!Files.isRegularFile(file)) {
            throw problem(file, "no such file", entry.bytes() + " bytes", "the checkpoint is damaged, ");
        }
        if (Files.size(file) != entry.bytes()) {
            throw problem(file, Files.size(file) + " bytes", String.valueOf(entry.bytes()), DAMAGED);
        }
        String sha256 = Disk.sha256(file);
        if (!sha256.equals(entry.sha256())) {
            throw problem(file, "sha256 " + sha256, entry.sha256(), DAMAGED);
        }
    }

    private IllegalArgumentException problem(Path file, String found, String expected, String consequence)
            throws IOException {
        return new IllegalArgumentException(
                file + ": " + found + " (expected: " + expected + "); " + consequence + remedy());
    }

    /** What to use instead, as far as there is something beside it. */
    private String remedy() throws IOException {
        Path parent = Optional.ofNullable(folder.getParent())
                .orElse(folder.toAbsolutePath().normalize().getParent());
        List<Path> others = new ArrayList<>();
        if (parent != null) {
            others.add(parent.resolve(Layout.LAST));
            others.add(parent.resolve(Layout.BEST));
            others.addAll(Layout.steps(parent));
        }
        String use = "use another checkpoint";
        for (Path other : others) {
            if (Files.exists(other.resolve(Layout.MANIFEST)) && !Files.isSameFile(other, folder)) {
                return use + ", for example " + other;
            }
        }
        return use;
    }
}
