package millrace.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documents for developers name is there. */
class DocsNamesTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "."));

    /** Files that the worked examples of CONTRIBUTING.md would add. */
    private static final List<String> ADDED_BY_EXAMPLES = List.of(
            "nn/src/main/java/millrace/nn/layer/Scale.java",
            "schedule/src/main/java/millrace/schedule/zoo/OneAtATime.java",
            "app/src/main/java/millrace/app/output/csv/LossColumn.java");

    /** What the first group of a pattern finds in a document. */
    private static List<String> named(String document, String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(Files.readString(ROOT.resolve(document)))
                .results()
                .map(found -> found.group(1))
                .distinct()
                .toList();
    }

    private static Path room(String name) {
        String module = name.split("\\.", 2)[0];
        return ROOT.resolve(module + "/src/main/java/millrace/" + name.replace('.', '/'));
    }

    /** {@code `actors.rank.Packet`} */
    @Test
    void everyClassOfTheArchitectureIsThere() throws IOException {
        List<String> classes =
                named("docs/architecture.md", "`((?:schedule|nn|actors|app)\\.(?:[a-z0-9]+\\.)*[A-Z]\\w*)`");

        assertThat(classes).contains("actors.rank.Packet", "schedule.Action").hasSizeGreaterThan(50);
        assertThat(classes)
                .allSatisfy(name -> assertThat(room(name).resolveSibling(simpleName(name) + ".java"))
                        .as("%s in docs/architecture.md", name)
                        .isRegularFile());
    }

    private static String simpleName(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** {@code | `actors.rank`, ...}: the rows of the table of rooms. */
    @Test
    void everyRoomOfTheArchitectureIsThere() throws IOException {
        List<String> rooms = named("docs/architecture.md", "(?m)^\\| `((?:schedule|nn|actors|app)(?:\\.[a-z0-9]+)*)`");

        assertThat(rooms).contains("schedule", "actors.rank.actor").hasSizeGreaterThan(30);
        assertThat(rooms)
                .allSatisfy(name -> assertThat(room(name).resolve("package-info.java"))
                        .as("%s in docs/architecture.md", name)
                        .isRegularFile());
    }

    @Test
    void everyMainFileOfContributingIsThere() throws IOException {
        List<String> files = named("CONTRIBUTING.md", "\\b([a-z]+/src/main/[\\w./-]*\\w)");

        assertThat(files).containsAll(ADDED_BY_EXAMPLES).hasSizeGreaterThan(12);
        assertThat(files)
                .filteredOn(file -> !ADDED_BY_EXAMPLES.contains(file))
                .allSatisfy(file -> assertThat(ROOT.resolve(file))
                        .as("%s in CONTRIBUTING.md", file)
                        .isRegularFile());
    }
}
