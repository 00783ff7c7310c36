package millrace.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import millrace.app.Main;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** NOTICE, LICENSE and the version number say the same as the build. */
class PapersTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "."));

    private static String text(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static String version() throws IOException {
        return Pattern.compile("<revision>(.*)</revision>")
                .matcher(text("pom.xml"))
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElseThrow();
    }

    /** Jars as Maven's repository names them: NAME/VERSION/NAME-VERSION.jar. */
    @Test
    void noticeNamesEveryJarOfTheProgram() throws IOException {
        Path classPath = ROOT.resolve("app/target/classpath.txt");
        Assumptions.assumeTrue(Files.exists(classPath), "app is packaged");
        Pattern jar = Pattern.compile("/([^/]+)/([^/]+)/\\1-\\2[^/]*\\.jar$");
        List<String> names = Arrays.stream(Files.readString(classPath).strip().split(":"))
                .map(jar::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1).replaceFirst("_2\\.13$", ""))
                .toList();

        assertThat(names).contains("akka-actor", "protobuf-java", "dnnl");
        String notice = text("NOTICE");
        assertThat(names)
                .allSatisfy(name -> assertThat(notice)
                        .as("NOTICE names %s", name)
                        .containsPattern("(?<![a-z0-9-])" + Pattern.quote(name) + "(?![a-z0-9-])"));
    }

    @Test
    void theProgramTellsTheVersionOfTheBuild() throws IOException {
        StringWriter out = new StringWriter();
        CommandLine commandLine = Main.commandLine().setOut(new PrintWriter(out));

        assertThat(commandLine.execute("--version")).isZero();
        assertThat(out.toString().strip()).isEqualTo("Millrace " + version());
    }

    @Test
    void theVersionStandsInOnePlaceAndThePapersSayTheSame() throws IOException {
        Pattern ours = Pattern.compile("<artifactId>millrace-[a-z]+</artifactId><version>([^<]*)</version>");
        try (Stream<Path> files = Files.walk(ROOT, 3)) {
            List<Path> poms = files.filter(file -> file.endsWith("pom.xml"))
                    .filter(file -> !file.toString().contains("target"))
                    .toList();
            assertThat(poms).hasSizeGreaterThanOrEqualTo(8);
            for (Path pom : poms) {
                assertThat(ours.matcher(Files.readString(pom)).results().map((MatchResult found) -> found.group(1)))
                        .as("%s", pom)
                        .isSubsetOf("${revision}", "${project.version}", "${millrace.version}");
            }
        }
        assertThat(text("README.md")).contains("<version>" + version() + "</version>");
        assertThat(text("CHANGELOG.md")).contains("## [" + version() + "]");
    }
}
