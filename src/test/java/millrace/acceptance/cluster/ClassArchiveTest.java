package millrace.acceptance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is rehearsed for the archive is what a command loads: its own classes, Akka's and the lambdas of both. */
class ClassArchiveTest {
    @TempDir
    private Path folder;

    @Test
    void aRunLoadsAlmostAllOfItsClassesFromTheArchive() throws IOException, InterruptedException {
        assumeTrue(ClassArchive.isPossible(), "Millrace is on the class path in folders, as in mvnw test");
        assertThat(ClassArchive.isMade()).isTrue();
        Path log = folder.resolve("classes.log");
        List<String> command = new ArrayList<>(Command.java());
        command.addAll(ClassArchive.options());
        command.addAll(List.of("-Xlog:class+load:file=" + log, "millrace.app.Main", "train", "digits", "--steps", "2"));
        command.addAll(List.of("-D", "checkpoint.enabled=false", "--json"));

        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains("\"event\":\"done\"").doesNotContain("[cds]");
        List<String> ours = Files.readAllLines(log).stream()
                .filter(line -> line.contains(" millrace.") || line.contains(" akka."))
                .toList();
        assertThat(ours).hasSizeGreaterThan(1000);
        assertThat(ours.stream().filter(line -> line.contains("shared objects file")))
                .hasSizeGreaterThan(ours.size() * 3 / 4);
    }
}
