package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import millrace.app.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file includes must be there. Isolated: names a deployment file by a system property of the JVM. */
@Isolated
class IncludesTest {
    @TempDir
    private Path folder = Path.of("");

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static Config run(Path file) {
        return RunFile.resolve(file.toString(), List.of(), Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"%s\"", "file(\"%s\")", "required(\"%s\")", "url(\"file:%s\")", "classpath(\"%s\")"})
    void aMissingFileIsNamedWithTheOneThatIncludesIt(String form) throws IOException {
        Path missing = folder.resolve("hyperr.conf");
        Path file = write("t.conf", "include " + form.formatted(missing) + "\ntraining.epochs = 1\n");

        Program.run("train " + file)
                .assertRefused(missing + ": no such file (expected: one beside " + file + ", which includes it,");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"hyper.conf\"", "\"hyper\"", "\"sub/../hyper.conf\""})
    void aFileBesideTheOneThatIncludesIsFound(String what) throws IOException {
        write("hyper.conf", "training.batch = 33\n");
        Path file = write("t.conf", "include " + what + "\n");
        Files.createDirectories(folder.resolve("sub"));

        assertThat(run(file).getInt("training.batch")).isEqualTo(33);
        // as one names it whose working directory is the folder, or another one
        Path relative = Path.of("").toAbsolutePath().relativize(file.toAbsolutePath());
        assertThat(run(relative).getInt("training.batch")).isEqualTo(33);
    }

    @Test
    void aFileInTheWorkingDirectoryIncludesItsNeighbours() throws IOException {
        Path file = Files.createTempFile(Path.of(""), "included", ".conf");
        Path including = Files.createTempFile(Path.of(""), "including", ".conf");
        try {
            Files.writeString(file, "training.batch = 34\n");
            Files.writeString(including, "include \"" + file + "\"\n");

            assertThat(run(including).getInt("training.batch")).isEqualTo(34);
        } finally {
            Files.delete(file);
            Files.delete(including);
        }
    }

    @Test
    void filesThatIncludeEachOtherAreNamedOnce() throws IOException {
        Path first = write("a.conf", "include \"b.conf\"\n");
        Path second = write("b.conf", "include \"c.conf\"\n");
        Path third = write("c.conf", "training.epochs = 1\ninclude \"a.conf\"\n");

        Program.run("train " + first)
                .assertRefused("include: " + first + " includes " + second + " includes " + third
                        + ", and so on in a circle (expected: files that do not include each other); take one of the"
                        + " includes out");
    }

    @Test
    void presetsAreIncludedFromTheClassPath() throws IOException {
        Path file = write("t.conf", "include classpath(\"millrace/app/presets/digits.conf\")\ntraining.batch = 32\n");

        assertThat(run(file).getString("data.set")).isEqualTo("digits");
        assertThat(run(file).getInt("training.batch")).isEqualTo(32);
    }

    @Test
    void costFilesToo() throws IOException {
        Path file = write("costs", "include \"more.conf\"\nstages = []\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> CostFile.read(file, 1))
                .withMessageContaining("more.conf: no such file");
    }

    @Test
    void aDeploymentFileThatIncludesWhatIsNotThereStartsNoNode() throws IOException {
        Path deployment = write("secure.conf", "include \"tsl.conf\"\n");

        System.setProperty("config.file", deployment.toString());
        try {
            Program.run("node --port 0")
                    .assertRefused(
                            "tsl.conf: no such file (expected: one beside " + deployment + ", which includes it");
            write("tsl.conf", "akka.remote.artery.transport = tls-tcp\n");
            assertThat(ConfigFiles.application().getString("akka.remote.artery.transport"))
                    .isEqualTo("tls-tcp");
            Files.delete(deployment);
            Program.run("node --port 0").assertRefused(deployment + ": no such file");
        } finally {
            System.clearProperty("config.file");
        }
    }

    @Test
    void filesThatIncludeEachOther() throws IOException {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            List<Path> files = new ArrayList<>();
            List<Path> including = new ArrayList<>();
            int count = 2 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                files.add(folder.resolve(seed + "/" + "deep/".repeat(random.nextInt(3)) + i + ".conf"));
                Files.createDirectories(files.get(i).getParent());
            }
            List<StringBuilder> texts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                texts.add(new StringBuilder("data.csv.drop += \"" + i + "\"\n"));
                // the others hang in a tree below the first
                int parent = i == 0 ? 0 : random.nextInt(i);
                including.add(files.get(parent));
                if (i > 0) {
                    Path to = random.nextBoolean()
                            ? files.get(i)
                            : files.get(parent).resolveSibling(".").normalize().relativize(files.get(i));
                    texts.get(parent).append("include \"").append(to).append("\"\n");
                }
            }
            for (int i = 0; i < count; i++) {
                Files.writeString(files.get(i), texts.get(i));
            }
            assertThat(run(files.getFirst()).getStringList("data.csv.drop"))
                    .as("seed %d", seed)
                    .hasSize(count);

            int victim = 1 + random.nextInt(count - 1);
            Files.delete(files.get(victim));
            assertThatIllegalArgumentException()
                    .as("seed %d, %s", seed, files.get(victim))
                    .isThrownBy(() -> run(files.getFirst()))
                    .withMessageContaining(files.get(victim).getFileName() + ": no such file")
                    .withMessageContaining(including.get(victim).getFileName() + ", which includes it");
        }
    }
}
