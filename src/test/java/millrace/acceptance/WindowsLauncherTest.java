package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher for Windows starts what the shell's does. It is read here, not run: that needs Windows. */
class WindowsLauncherTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "."));
    private static final Pattern VARIABLE = Pattern.compile("MILLRACE_\\w+");

    private static String read(String script) throws IOException {
        return Files.readString(ROOT.resolve(script), StandardCharsets.US_ASCII);
    }

    private static String shell() throws IOException {
        return read("millrace");
    }

    private static String windows() throws IOException {
        return read("millrace.cmd").replace("\r\n", "\n");
    }

    /** What a script gives to a command, with continued lines joined and names of variables made alike. */
    private static List<String> words(String script, String begin) {
        Matcher command = Pattern.compile("(?m)^.*" + Pattern.quote(begin) + ".*(?:(?<=[\\\\^])\n.*)*")
                .matcher(script);
        assertThat(command.find()).as(begin).isTrue();
        String line = command.group().replaceAll("[\\\\^]\n", " ").replace("\"", "");
        return List.of(line.replaceAll("%(\\w+)%", "\\$$1")
                .replaceAll("\\$\\{(\\w+):-}", "\\$$1")
                .replaceAll("\\$\\{MILLRACE_CONF:-[^}]*}", "\\$conf")
                .replace('\\', '/')
                .strip()
                .split(" +"));
    }

    private static List<String> afterJava(String script, String java) {
        List<String> words = words(script, java);
        int first = words.indexOf("--add-modules=jdk.incubator.vector");
        return words.subList(first, words.indexOf("millrace.app.Main") + 1).stream()
                .filter(word -> !word.startsWith("@") && !word.equals("-cp") && !word.startsWith("$path"))
                .filter(word -> !word.startsWith("$classes") && !word.contains("MILLRACE_CLASSPATH"))
                // an archive of classes is the shell's alone (docs/decisions/warm-start.md)
                .filter(word -> !word.contains("warm[@]"))
                .toList();
    }

    @Test
    void givesTheSameOptionsToTheJvm() throws IOException {
        List<String> options = afterJava(windows(), "bin\\java.exe");
        // what is compiled when was tried on Linux only: there it is the usual for commands that do not train
        String compiler = shell().replaceAll("(?s).*\ncompiler=\\(\"([^\"]*)\"\\)\n.*", "$1");
        assertThat(options)
                .isEqualTo(afterJava(shell(), "bin/java\" --add").stream()
                        .map(word -> word.equals("${compiler[@]}") ? compiler : word)
                        .toList())
                .contains("-Xmx$heap", "-XX:+Use$collector", "-Dconfig.file=$conf", "$MILLRACE_JAVA_OPTS")
                .hasSizeGreaterThan(8);
    }

    @Test
    void buildsTheSame() throws IOException {
        assertThat(fromFile(words(windows(), "mvnw.cmd\" -q"))).isEqualTo(fromFile(words(shell(), "mvnw\" -q")));
    }

    private static List<String> fromFile(List<String> words) {
        return words.subList(words.indexOf("-q"), words.indexOf("package") + 1);
    }

    @Test
    void knowsTheSameHeapsModulesAndVariables() throws IOException {
        String heaps = shell().replaceAll("(?s).*\ncase \"\\$\\{1:-}\" in ([^)]*)\\) heap=3g.*", "$1");
        assertThat(heaps).isEqualTo("schedule | simulate");
        for (String command : heaps.split(" \\| ")) {
            assertThat(windows()).contains("if \"%~1\"==\"" + command + "\" set \"heap=3g\"\n");
        }
        assertThat(shell()).contains("\ncollector=SerialGC\n", ") heap=3g collector=ParallelGC ;;");
        assertThat(windows())
                .contains("\nset \"collector=SerialGC\"\n", "if \"%heap%\"==\"3g\" set \"collector=ParallelGC\"\n");
        assertThat(shell()).contains("\nheap=1g\n", "/{proto,schedule,nn,actors,app}/{src/main,pom.xml}");
        assertThat(windows())
                .contains(
                        "\nset \"heap=1g\"\n",
                        "in 'proto', 'schedule', 'nn', 'actors', 'app')",
                        "/src/main\"",
                        "/pom.xml\"")
                .contains("set \"OMP_NUM_THREADS=1\"");
        TreeSet<String> variables = new TreeSet<>();
        shell().lines().filter(line -> line.startsWith("#   ")).forEach(line -> {
            Matcher name = VARIABLE.matcher(line);
            assertThat(name.find()).as(line).isTrue();
            variables.add(name.group());
        });
        assertThat(variables)
                .hasSize(3)
                .allSatisfy(name -> assertThat(windows())
                        .contains("@rem   " + name + " ")
                        .containsPattern("(?:%" + name + "%|\\$env:" + name + "\\b)"));
    }

    /** A script of cmd with other line ends loses labels, and bytes beyond ASCII are other letters in each code page. */
    @ParameterizedTest
    @ValueSource(strings = {"millrace.cmd", "mvnw.cmd"})
    void hasTheLineEndsOfWindows(String script) throws IOException {
        byte[] bytes = Files.readAllBytes(ROOT.resolve(script));
        for (int i = 0; i < bytes.length; i++) {
            assertThat(bytes[i]).isGreaterThan((byte) 0);
            assertThat(bytes[i] == '\n').isEqualTo(i > 0 && bytes[i - 1] == '\r');
        }
        assertThat(Files.readString(ROOT.resolve(".gitattributes")).lines()).contains("*.cmd text eol=crlf");
    }

    /** Each label that is gone to is there once, in the part that cmd reads. */
    @Test
    void hasItsLabels() throws IOException {
        String batch = windows().substring(0, windows().indexOf("\n: end batch"));
        Matcher jump = Pattern.compile("(?:goto |call :)(\\w+)").matcher(batch);
        int jumps = 0;
        while (jump.find()) {
            assertThat(batch.lines().filter((":" + jump.group(1))::equals))
                    .as(jump.group(1))
                    .hasSize(1);
            jumps++;
        }
        assertThat(jumps).isGreaterThan(8);
    }
}
