package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher beside what looks like a finished build: this JVM's class path. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a script of bash")
class LauncherTest {
    @TempDir
    private Path folder = Path.of("");

    private Path root = Path.of("");

    @BeforeEach
    void lookBuilt() throws IOException {
        root = Files.createDirectories(folder.resolve("a folder"));
        Files.copy(Path.of(System.getProperty("millrace.root"), "millrace"), root.resolve("millrace"));
        Files.createFile(root.resolve("pom.xml"));
        for (String module : List.of("proto", "schedule", "nn", "actors", "app")) {
            Files.createDirectories(root.resolve(module).resolve("src/main"));
            Files.createFile(root.resolve(module).resolve("pom.xml"));
        }
        Files.createDirectories(root.resolve("app/target/classes"));
        Files.createDirectories(root.resolve("cluster-conf"));
        Files.createFile(root.resolve("cluster-conf/local.conf"));
        Files.writeString(root.resolve("app/target/classpath.txt"), System.getProperty("java.class.path"));
    }

    private record Ended(int status, String out, String err) {}

    private Ended run(Map<String, String> environment, String... words) throws IOException, InterruptedException {
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(err.toFile());
        builder.environment().putAll(environment);
        builder.environment().remove("HOME");
        builder.environment().put("JDK_25", System.getProperty("java.home"));
        builder.environment().put("MILLRACE_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), out, Files.readString(err));
    }

    /** Nor a JAVA_HOME that is right; and the JVM's line on its incubator module is left out, other lines are not. */
    @Test
    void needsNoHome() throws IOException, InterruptedException {
        Ended presets = run(Map.of("JAVA_HOME", "/nonexistent"), "bash", root.resolve("millrace") + "", "presets");

        assertThat(presets.err()).isEmpty();
        assertThat(presets.status()).isZero();
        assertThat(presets.out()).startsWith("mlp-mnist ");
    }

    @Test
    void whatGoesWrongIsSeen() throws IOException, InterruptedException {
        Ended misspelt = run(Map.of(), "bash", root.resolve("millrace") + "", "tarin");

        assertThat(misspelt.status()).isEqualTo(2);
        assertThat(misspelt.err().lines())
                .singleElement()
                .asString()
                .startsWith("error: ")
                .contains("did you mean train?");
    }
}
