package millrace.actors.access;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllowedFoldersTest {
    @TempDir
    Path temp;

    @Test
    void whatLeadsOutsideIsRefusedHoweverItIsWritten() throws IOException {
        Path inside = Files.createDirectories(temp.resolve("runs"));
        Path outside = Files.createDirectories(temp.resolve("runs-of-others/secret"));
        Files.createSymbolicLink(inside.resolve("link"), outside);
        Files.createSymbolicLink(inside.resolve("dangling"), temp.resolve("later"));
        AllowedFolders allowed = new AllowedFolders("millrace.checkpoint.folders", List.of(inside));

        // there already, not there yet, and by a detour that stays within
        allowed.require("checkpoint.folder", inside.toString());
        allowed.require("checkpoint.folder", inside.resolve("a/b").toString());
        allowed.require("checkpoint.folder", inside + "/./a/../b");
        for (String path : List.of(
                temp.toString(),
                outside.toString(),
                inside + "/../runs-of-others/secret",
                inside.resolve("link").toString(),
                inside.resolve("link/run").toString(),
                inside + "/link/../../runs/x/../../y",
                inside.resolve("dangling").toString(),
                "/etc/passwd",
                "\0")) {
            assertThatIllegalArgumentException()
                    .as(path)
                    .isThrownBy(() -> allowed.require("checkpoint.folder", path))
                    .withMessage("checkpoint.folder: " + path
                            + " (expected: a place within millrace.checkpoint.folders of this node: " + inside + ")");
        }
        // as the system goes: up from where the link leads
        Files.createDirectories(temp.resolve("runs/deep"));
        Files.createSymbolicLink(temp.resolve("into"), inside.resolve("deep"));
        allowed.require("checkpoint.folder", temp + "/into/../x");
    }
}
