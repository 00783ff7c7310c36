package millrace.actors.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Folders within which an order may name files of a node.
 *
 * @param setting that lists them
 */
public record AllowedFolders(String setting, List<Path> folders) {
    public AllowedFolders {
        folders = List.copyOf(folders);
    }

    /**
     * @param what names the path, for the refusal
     * @throws IllegalArgumentException when it leads to a place outside, all links followed
     */
    public void require(String what, String path) {
        boolean within = false;
        try {
            Path real = real(Path.of(path).toAbsolutePath());
            for (Path folder : folders) {
                within |= real.startsWith(real(folder.toAbsolutePath()));
            }
        } catch (IOException | InvalidPathException _) {
            // what cannot be followed leads nowhere that is allowed
        }
        if (!within) {
            throw new IllegalArgumentException(what + ": " + path + " (expected: a place within " + setting
                    + " of this node: " + folders.stream().map(Path::toString).collect(Collectors.joining(", ")) + ")");
        }
    }

    /** Where a path leads, also one whose end is not there yet; as the system follows it, name by name. */
    static Path real(Path absolute) throws IOException {
        Path real = Objects.requireNonNull(absolute.getRoot(), "an absolute path begins at a root");
        for (Path name : absolute) {
            Path next = real.resolve(name);
            if (name.toString().equals("..")) {
                Path parent = real.getParent();
                real = parent == null ? real : parent;
            } else if (Files.exists(next)) {
                real = next.toRealPath();
            } else if (Files.isSymbolicLink(next)) {
                throw new IOException("a link that leads nowhere: who writes there makes a file elsewhere");
            } else if (!name.toString().equals(".")) {
                real = next;
            }
        }
        return real;
    }
}
