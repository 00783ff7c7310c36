package millrace.actors.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Objects as folders in a folder, with symbolic links for labels. An object is written under a hidden name and gets its own
 * by one rename. One that is put again takes two renames: between them the older one has a hidden name, under which loading
 * finds it and the next writer restores it.
 */
final class FolderStore implements ObjectStore {
    private final Path folder;

    /**
     * @param folder made at the first object if it is not there
     */
    FolderStore(Path folder) {
        this.folder = folder;
    }

    @Override
    public Path draft(String name) {
        return Layout.hidden(folder.resolve(name), Layout.TEMPORARY).toAbsolutePath();
    }

    @Override
    public void put(Path draft, String name) throws IOException {
        Disk.force(draft);
        Disk.putInPlace(draft, folder.resolve(name));
    }

    @Override
    public Optional<Path> get(String name) {
        return Optional.of(folder.resolve(name)).filter(Files::isDirectory);
    }

    @Override
    public List<String> list() throws IOException {
        return Files.isDirectory(folder)
                ? Layout.steps(folder).stream()
                        .map(object -> object.getFileName().toString())
                        .sorted()
                        .toList()
                : List.of();
    }

    @Override
    public void delete(String name) throws IOException {
        Disk.deleteHidden(folder.resolve(name));
    }

    @Override
    public void point(String label, String name) throws IOException {
        Disk.link(folder.resolve(label), folder.resolve(name));
        Disk.force(folder);
    }

    @Override
    public Optional<String> pointed(String label) throws IOException {
        return Layout.linked(folder, label).map(Path::getFileName).map(Path::toString);
    }

    @Override
    public void tidy(Path own) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            Disk.force(Objects.requireNonNull(folder.toAbsolutePath().getParent()));
        }
        for (String label : List.of(Layout.LAST, Layout.BEST)) {
            Path path = folder.resolve(label);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(path)) {
                throw new IllegalArgumentException(
                        path + ": a file or folder (expected: a symbolic link); move it away");
            }
        }
        for (Path left : Layout.leftovers(folder, Layout.TEMPORARY)) {
            if (!left.getFileName().equals(own.getFileName())) {
                Leftovers.discard(left);
            }
        }
        for (Path left : Layout.leftovers(folder, Layout.ASIDE)) {
            Path visible = Layout.visible(left);
            if (Files.exists(visible)) {
                Disk.delete(left);
            } else {
                Files.move(left, visible);
            }
        }
    }
}
