package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that uses Millrace as a library, in a JVM without {@code --add-modules=jdk.incubator.vector}. */
class WithoutVectorsTest {
    @TempDir
    private Path folder;

    @Test
    void trainsAndPredictsAndSaysOnceHowToBecomeFaster() throws IOException, InterruptedException {
        Path errors = folder.resolve("errors.txt");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LibraryProgram.class.getName(),
                        folder.resolve("run").toString())
                .redirectError(errors.toFile())
                .start();
        List<String> said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        String warned = Files.readString(errors);

        assertThat(java.waitFor()).as(warned).isZero();
        assertThat(said)
                .contains(
                        "backend onednn-scalar",
                        "outputs 3x10",
                        "loaded, it says the same: true",
                        "equals sequential training true");
        assertThat(accuracy(said, "accuracy ")).isGreaterThan(0.9);
        assertThat(accuracy(said, "bf16 accuracy ")).isGreaterThan(0.85);
        assertThat(warned.lines().filter(line -> line.contains("jdk.incubator.vector")))
                .singleElement()
                .asString()
                .endsWith(
                        "jdk.incubator.vector: not in this JVM (expected: the module that the fast kernels need); start"
                                + " java with --add-modules=jdk.incubator.vector. Until then plain loops are used: slower, with"
                                + " other last bits.");
    }

    private static double accuracy(List<String> said, String start) {
        return said.stream()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line " + start + "in " + said));
    }
}
