package millrace.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

    /** {@code | `nn.layer`, `nn.loss` | ...}: the first column of the table of rooms. */
    private static List<String> rooms() throws IOException {
        return named("docs/architecture.md", "(?m)^\\| (`(?:schedule|nn|actors|app)(?:\\.[a-z0-9]+)*`[^|]*) \\|")
                .stream()
                .flatMap(column ->
                        Pattern.compile("`([a-z0-9.]+)`").matcher(column).results())
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void everyRoomOfTheArchitectureIsThere() throws IOException {
        assertThat(rooms())
                .contains("schedule", "actors.rank.actor", "nn.optimizer")
                .hasSizeGreaterThan(30);
        assertThat(rooms())
                .allSatisfy(name -> assertThat(room(name).resolve("package-info.java"))
                        .as("%s in docs/architecture.md", name)
                        .isRegularFile());
    }

    /** A package is in the table, or told there as one below another ({@code below it `manifest`}). */
    @Test
    void everyPackageIsInTheArchitecture() throws IOException {
        List<String> rooms = rooms();
        String text = Files.readString(ROOT.resolve("docs/architecture.md"));
        for (String module : List.of("schedule", "nn", "actors", "app")) {
            Path sources = ROOT.resolve(module + "/src/main/java/millrace");
            try (Stream<Path> files = Files.walk(sources)) {
                List<String> packages = files.filter(file -> file.endsWith("package-info.java"))
                        .map(file -> sources.relativize(Objects.requireNonNull(file.getParent()))
                                .toString()
                                .replace('/', '.'))
                        .toList();
                assertThat(packages).isNotEmpty().allSatisfy(name -> {
                    boolean below = rooms.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))))
                            && text.contains("`" + simpleName(name) + "`");
                    assertThat(rooms.contains(name) || below).as(name).isTrue();
                });
            }
        }
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

    /** {@code [glossary](glossary.md)}, {@code ![bubbles](schedules/bubbles.svg)} */
    @Test
    void everyLinkLeadsToAFile() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md"))
                    .map(ROOT::relativize)
                    .forEach(documents::add);
        }
        for (Path document : documents) {
            List<String> links = named(document.toString(), "\\]\\(([^)#:\\s]+)[^)]*\\)");
            assertThat(links)
                    .allSatisfy(link -> assertThat(
                                    ROOT.resolve(document).resolveSibling(link).normalize())
                            .as("%s in %s", link, document)
                            .exists());
        }
        assertThat(named("README.md", "\\]\\(([^)#]+)\\)")).contains("docs/glossary.md");
        assertThat(named("docs/architecture.md", "\\]\\(([^)#]+)\\)")).contains("glossary.md");
    }
}
