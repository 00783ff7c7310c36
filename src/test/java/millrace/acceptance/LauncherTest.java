package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
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
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(folder.toFile()).redirectError(err.toFile());
        builder.environment().remove("HOME");
        builder.environment().put("JDK_25", System.getProperty("java.home"));
        builder.environment().put("MILLRACE_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
        builder.environment().putAll(environment);
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

    /** In a jar, as a build leaves the program: a command that says a word, and a rehearsal that ends as it is told. */
    private void pack(String word, int rehearsed) throws IOException {
        Path sources = Files.createDirectories(folder.resolve("sources"));
        Path main = sources.resolve("Main.java");
        Files.writeString(
                main,
                "package millrace.app; class Main { public static void main(String[] words) { IO.println(\"" + word
                        + "\"); } }");
        Path rehearsal = sources.resolve("Rehearsal.java");
        Files.writeString(
                rehearsal,
                "package millrace.app; class Rehearsal { public static void main(String[] words) {"
                        + " Main.main(words); System.exit(" + rehearsed + "); } }");
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.resolve("compiled") + "", main + "", rehearsal + "");
        assertThat(status).isZero();
        Path jar = root.resolve("app/target/millrace-app.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of("millrace/app/Main.class", "millrace/app/Rehearsal.class")) {
                out.putNextEntry(new ZipEntry(name));
                Files.copy(folder.resolve("compiled").resolve(name), out);
            }
        }
        Files.writeString(root.resolve("app/target/classpath.txt"), jar.toString());
    }

    private Path archive() throws IOException {
        try (Stream<Path> made = Files.list(root.resolve("app/target"))) {
            return made.filter(file -> file.toString().endsWith(".jsa"))
                    .toList()
                    .getFirst();
        }
    }

    /** Runs the packed command, which says its word and nothing else: by the launcher's or the JVM's fault nothing is added to it. */
    private Packed packed(String word) throws IOException, InterruptedException {
        Path log = folder.resolve("classes.log");
        Ended ended = run(
                Map.of("MILLRACE_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -Xlog:class+load:file=" + log.getFileName()),
                "bash",
                root.resolve("millrace") + "",
                "presets");
        assertThat(ended).returns(0, Ended::status).returns(word + "\n", Ended::out);
        boolean prepared = ended.err().startsWith("millrace: preparing faster starts");
        assertThat(ended.err().lines()).hasSize(prepared ? 1 : 0);
        boolean archived = Files.readAllLines(log).stream()
                .anyMatch(line -> line.contains(" millrace.app.Main ") && line.contains("shared objects file (top)"));
        return new Packed(prepared, archived);
    }

    /**
     * @param prepared whether an archive of classes was made, or tried to be
     * @param archived whether the command was loaded from it
     */
    private record Packed(boolean prepared, boolean archived) {}

    @Test
    void classesComeFromAnArchiveThatIsMadeOnceForABuild() throws IOException, InterruptedException {
        pack("first", 0);
        assertThat(packed("first")).isEqualTo(new Packed(true, true));
        assertThat(packed("first")).isEqualTo(new Packed(false, true));

        pack("second", 0);
        assertThat(packed("second")).isEqualTo(new Packed(true, true));

        try (FileChannel half = FileChannel.open(archive(), StandardOpenOption.WRITE)) {
            half.truncate(half.size() / 2);
        }
        assertThat(packed("second")).isEqualTo(new Packed(false, false));
        Files.writeString(archive(), "no archive at all");
        assertThat(packed("second")).isEqualTo(new Packed(false, false));
    }

    @Test
    void anArchiveThatCannotBeMadeIsTriedOnceAndDoesNotMatter() throws IOException, InterruptedException {
        pack("word", 1);
        assertThat(packed("word")).isEqualTo(new Packed(true, false));
        assertThat(packed("word")).isEqualTo(new Packed(false, false));
        assertThat(archive()).isEmptyFile();
    }

    /** One makes the archive; the other does not wait for it, nor takes half of it. */
    @Test
    void twoMayBeStartedAtOnce() throws IOException, InterruptedException {
        pack("word", 0);
        String both = "bash '" + root.resolve("millrace") + "' presets & bash '" + root.resolve("millrace")
                + "' presets; wait";
        Ended ended = run(Map.of(), "bash", "-c", both);

        assertThat(ended.out()).isEqualTo("word\nword\n");
        assertThat(ended.err().lines()).allMatch(line -> line.startsWith("millrace: preparing"));
        assertThat(packed("word")).isEqualTo(new Packed(false, true));
        try (Stream<Path> left = Files.list(root.resolve("app/target"))) {
            assertThat(left.filter(file -> file.toString().contains(".jsa"))).hasSize(1);
        }
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
