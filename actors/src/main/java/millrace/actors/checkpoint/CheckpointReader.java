package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.actors.plan.CourseState;
import millrace.actors.wire.manifest.Manifest;
import millrace.actors.wire.manifest.Manifest.FileEntry;
import millrace.actors.wire.manifest.ManifestCodec;
import millrace.nn.io.Safetensors;
import millrace.nn.tensor.Tensor;

/** Reads a checkpoint, checks every byte of it, and says what to use instead of a damaged one. Changes nothing. */
final class CheckpointReader {
    private static final String DAMAGED = "the file is damaged, ";

    private final Path folder;

    CheckpointReader(Path folder) {
        this.folder = folder;
    }

    /**
     * @throws IllegalArgumentException when a file of it is missing or not as it was written
     */
    Checkpoint read() throws IOException {
        Path file = folder.resolve(Layout.MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw problem(
                    folder, "no " + Layout.MANIFEST, "a complete checkpoint, or a run folder", "check the path or ");
        }
        Manifest manifest;
        try {
            manifest = ManifestCodec.decode(Files.readAllBytes(file));
        } catch (IllegalArgumentException e) {
            throw new DamagedCheckpoint(
                    file + ": " + e.getMessage(), "; the file is damaged or of another version, " + remedy(), e);
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
            if (!entry.holders().isEmpty()) {
                throw elsewhere(file, entry);
            }
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

    /** Of a run whose nodes share no folder each has only what it has written, and copies of others' files. */
    private static IllegalArgumentException elsewhere(Path file, FileEntry entry) {
        return new DamagedCheckpoint(
                file + ": not on this machine, it was written to " + String.join(" and ", entry.holders())
                        + " (expected: " + entry.bytes() + " bytes)",
                "; fetch it with --cluster HOST:PORT, the address of any node of their cluster",
                null);
    }

    private IllegalArgumentException problem(Path file, String found, String expected, String consequence)
            throws IOException {
        return new DamagedCheckpoint(
                file + ": " + found + " (expected: " + expected + ")", "; " + consequence + remedy(), null);
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
            if (Files.exists(other.resolve(Layout.MANIFEST)) && !isSame(other)) {
                return use + ", for example " + other;
            }
        }
        return use;
    }

    private boolean isSame(Path other) throws IOException {
        return Files.exists(folder) && Files.isSameFile(other, folder);
    }
}
