package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.actors.node.NodeAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormerMembersTest {
    private static final NodeAddress OWN = NodeAddress.parse("own", "[::1]:25520");

    @TempDir
    Path folder;

    @Test
    void theyAreKnownToTheNextNodeAtTheSameAddressAlone() {
        FormerMembers.of(folder, OWN).keep(List.of("two:2", "[fe80::2]:1"));
        assertThat(FormerMembers.of(folder, OWN).known()).containsExactly("[fe80::2]:1", "two:2");
        assertThat(FormerMembers.of(folder, NodeAddress.parse("other", "[::1]:25521"))
                        .known())
                .isEmpty();
    }

    @Test
    void whoIsAloneForgetsTheOthers() throws IOException {
        FormerMembers members = FormerMembers.of(folder, OWN);
        members.keep(List.of("two:2"));
        members.keep(List.of());
        assertThat(FormerMembers.of(folder, OWN).known()).isEmpty();
        assertThat(folder.resolve("nodes")).isEmptyDirectory();
    }

    @Test
    void aFileThatIsDamagedOrCannotBeWrittenIsAsGoodAsNone() throws IOException {
        FormerMembers.of(folder, OWN).keep(List.of("two:2"));
        try (var files = Files.list(folder.resolve("nodes"))) {
            Files.writeString(files.findFirst().orElseThrow(), "two:2\n\u0000garbage\n:\n");
        }
        assertThat(FormerMembers.of(folder, OWN).known()).containsExactly("two:2");
        Path file = Files.createFile(folder.resolve("file"));
        FormerMembers nowhere = FormerMembers.of(file, OWN);
        nowhere.keep(List.of("two:2"));
        assertThat(nowhere.known()).containsExactly("two:2");
        FormerMembers.none().keep(List.of("two:2"));
    }
}
