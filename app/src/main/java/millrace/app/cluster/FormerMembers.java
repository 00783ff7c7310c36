package millrace.app.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import millrace.actors.node.NodeAddress;

/**
 * The other nodes of the cluster that a node was last a member of, kept in a small file, so that a node that is started
 * again finds its cluster instead of beginning another. The file is a help and nothing more: where it cannot be read or
 * written, the node has to be told whom to join.
 */
public final class FormerMembers {
    private final Optional<Path> file;
    private List<String> known;

    private FormerMembers(Optional<Path> file) {
        this.file = file;
        this.known = file.map(FormerMembers::read).orElse(List.of());
    }

    /** Of nobody: nothing is kept. */
    public static FormerMembers none() {
        return new FormerMembers(Optional.empty());
    }

    /**
     * Of the node at an address.
     *
     * @param folder made if it is not there
     */
    public static FormerMembers of(Path folder, NodeAddress own) {
        String name = own.toString().replaceAll("[^A-Za-z0-9.-]", "_") + ".members";
        return new FormerMembers(Optional.of(folder.resolve("nodes").resolve(name)));
    }

    /** Their addresses; empty where it was alone, or never a member. */
    public List<String> known() {
        return known;
    }

    /** Keeps these instead. */
    public void keep(List<String> members) {
        List<String> sorted = members.stream().sorted().toList();
        if (sorted.equals(known)) {
            return;
        }
        known = sorted;
        file.ifPresent(path -> {
            try {
                if (sorted.isEmpty()) {
                    Files.deleteIfExists(path);
                    return;
                }
                Files.createDirectories(path.getParent());
                Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
                Files.write(temporary, sorted);
                Files.move(temporary, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException _) {
                // then it has to be told whom to join
            }
        });
    }

    private static List<String> read(Path path) {
        try {
            return Files.isRegularFile(path)
                    ? Files.readAllLines(path).stream()
                            .filter(FormerMembers::isAddress)
                            .toList()
                    : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean isAddress(String line) {
        try {
            NodeAddress _ = NodeAddress.parse("member", line);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
