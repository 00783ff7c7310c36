package millrace.nn.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of tables have in common: a file to train with, and another one. */
abstract class CsvFiles {
    Path file = Path.of("");
    Path other = Path.of("");

    @BeforeEach
    void files(@TempDir Path dir) {
        file = dir.resolve("train.csv");
        other = dir.resolve("other.csv");
    }

    static Path write(Path to, String text) {
        return TestData.write(to, text.getBytes(StandardCharsets.UTF_8));
    }

    /** What is read when {@link #file} holds this text. */
    CsvTable table(String text, CsvOptions options) {
        return CsvTable.read(write(file, text), options);
    }
}
