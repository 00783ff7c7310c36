package millrace.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of runs that train with a table have in common: the run file, the table, and another table. */
abstract class RunsOfTables {
    Path folder = Path.of("");
    Path file = Path.of("");
    Path data = Path.of("");
    Path other = Path.of("");

    @BeforeEach
    void files(@TempDir Path dir) {
        folder = dir;
        file = dir.resolve("run.conf");
        data = dir.resolve("d.csv");
        other = dir.resolve("other.csv");
    }

    static Path write(Path to, String text) {
        try {
            return Files.writeString(to, text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The folder of the run that training with the run file makes. */
    Path trained(String options) {
        Program done = Program.done("train " + file + " " + options);
        return folder.resolve("runs").resolve(done.event("start").getString("run"));
    }
}
