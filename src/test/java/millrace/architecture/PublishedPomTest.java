package millrace.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * A project that declares one of our artifacts gets the versions that ours were tested with: Maven takes those of our direct
 * dependencies, but leaves our dependencyManagement out.
 */
class PublishedPomTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "."));
    private static final Pattern JAR = Pattern.compile("([A-Za-z0-9._-]+?)-\\d[^/]*\\.jar");
    private static final List<String> ONLY_IN_TESTS = List.of("akka-actor-testkit-typed_2.13", "akka-testkit_2.13");

    @Test
    void actorsDeclaresAllOfAkkaThatItBrings() throws Exception {
        List<String> akka = onTheClassPath().stream()
                .filter(name -> name.startsWith("akka-") && !ONLY_IN_TESTS.contains(name))
                .toList();

        assertThat(akka).contains("akka-stream_2.13", "akka-cluster-typed_2.13").hasSizeGreaterThan(15);
        assertThat(declared("actors/pom.xml")).containsAll(akka);
    }

    @Test
    void actorsDeclaresWhateverElseTheParentDecidesOn() throws Exception {
        List<String> here = onTheClassPath();
        List<String> decided = artifacts("pom.xml", "dependencyManagement").stream()
                .filter(here::contains)
                .toList();
        List<String> declared = new ArrayList<>(artifacts("pom.xml", "dependencies"));
        for (String module : List.of("proto", "schedule", "nn", "actors", "app", "src/test")) {
            declared.addAll(declared(module + "/pom.xml"));
        }

        assertThat(decided).contains("config", "slf4j-api", "protobuf-java", "scala-library");
        assertThat(declared).containsAll(decided);
        assertThat(declared("actors/pom.xml")).contains("config", "slf4j-api", "protobuf-java", "scala-library");
    }

    private static List<String> onTheClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> JAR.matcher(Path.of(entry).getFileName().toString()))
                .filter(Matcher::matches)
                .map(name -> name.group(1))
                .toList();
    }

    private static List<String> declared(String pom) throws Exception {
        return artifacts(pom, "dependencies");
    }

    /** Of the dependencies in an element right below the project. */
    private static List<String> artifacts(String pom, String below) throws Exception {
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(ROOT.resolve(pom).toFile());
        TreeSet<String> found = new TreeSet<>();
        NodeList children = document.getDocumentElement().getChildNodes();
        for (int i = 0; i < children.getLength(); i++) {
            if (children.item(i) instanceof Element element
                    && element.getTagName().equals(below)) {
                NodeList dependencies = element.getElementsByTagName("dependency");
                for (int d = 0; d < dependencies.getLength(); d++) {
                    String artifact = ((Element) dependencies.item(d))
                            .getElementsByTagName("artifactId")
                            .item(0)
                            .getTextContent();
                    found.add(artifact.replace("${scala.binary}", "2.13"));
                }
            }
        }
        return List.copyOf(found);
    }
}
