package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input: one line with value, expectation and remedy, exit status 2, no stack trace, nothing left behind. */
class BadInputTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void missingFile() {
        refused(csv("nosuch.csv"), "nosuch.csv", "no such file");
    }

    @Test
    void wordInANumberColumn() throws IOException {
        write("words.csv", "a,b,label\n1,2,0\n3,four,1\n");
        refused(csv("words.csv"), "words.csv: line 3, column 2", "four", "a number");
    }

    @Test
    void notANumberInTheData() throws IOException {
        write("nan.csv", "a,b,label\n1,2,0\nNaN,4,1\n");
        refused(csv("nan.csv"), "nan.csv: line 3, column 1", "NaN");
    }

    @Test
    void truncatedIdx() throws IOException {
        byte[] images = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3};
        byte[] labels = {0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
        Files.write(folder.resolve("images"), images);
        Files.write(folder.resolve("labels"), labels);
        refused(
                List.of(
                        "digits",
                        "-D",
                        "data.set=idx",
                        "-D",
                        "data.idx.train-images=" + folder.resolve("images"),
                        "-D",
                        "data.idx.train-labels=" + folder.resolve("labels")),
                "images",
                "3",
                "8");
    }

    @Test
    void labelOutOfRange() throws IOException {
        // three classes, but the network has two outputs
        write("three.csv", "a,b,label\n1,2,0\n3,4,1\n5,6,2\n1,1,0\n2,2,1\n3,3,2\n");
        refused(
                with(csv("three.csv"), "-D", "model.layers=[{type=dense,units=2}]"),
                "output: 2",
                "3 classes",
                "give the last dense layer 3 units");
    }

    @Test
    void moreStagesThanLayers() {
        refused(List.of("--stages", "4"), "stages: 4", "at most 2", "lower --stages");
    }

    @Test
    void microBatchesThatDoNotDivideTheBatch() {
        refused(List.of("--micro-batches", "3"), "micro-batches: 3", "divisor of the batch 64");
    }

    @Test
    void unknownPresetScheduleKeyAndOptimizer() {
        refused(List.of("nosuch"), "preset: nosuch", "mlp-mnist");
        refused(List.of("--schedule", "zigzag"), "schedule: zigzag", "gpipe, 1f1b");
        refused(List.of("-D", "training.bacth=3"), "training.bacth: unknown key", "batch");
        refused(List.of("--optimizer", "adamm"), "adamm", "adam");
        refused(List.of("--lr", "-1"), "lr: -1.0", "above 0");
        refused(List.of("-D", "training.batch=many"), "training.batch: many", "a whole number");
        refused(List.of("-D", "model.layers=[{type=conv}]"), "layer 0", "conv", "dense");
    }

    @Test
    void optionsThatDoNotExist() {
        Program program = Program.run("train", "--stagse", "2");
        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).contains("--stagse").doesNotContain("\tat ");
    }

    @Test
    void corruptCheckpoint() throws IOException {
        Program trained = Program.run(
                "train", "digits", "--epochs", "1", "--quiet", "-D", "checkpoint.folder=" + folder.resolve("runs"));
        assertThat(trained.status()).as(trained.err()).isZero();
        Path weights = find("stage-0-of-2.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 5] ^= 1;
        Files.write(weights, bytes);
        Program program = Program.run("evaluate", run().toString());
        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).contains("stage-0-of-2.safetensors", "sha256").doesNotContain("\tat ");
        assertThat(program.err().strip().lines()).hasSize(1);
    }

    @Test
    void checkpointThatIsNone() throws IOException {
        write("something", "text");
        Program program = Program.run("evaluate", folder.resolve("something").toString());
        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err().strip().lines()).hasSize(1);
    }

    private void refused(List<String> arguments, String... words) {
        List<String> all = new ArrayList<>(List.of("train"));
        all.addAll(arguments);
        Program program = Program.run(all, "-D", "checkpoint.folder=" + folder.resolve("kept"));
        assertThat(program.err()).contains(words).doesNotContain("\tat ");
        assertThat(program.err().strip().lines()).hasSize(1);
        assertThat(program.status()).isEqualTo(2);
        assertThat(folder.resolve("kept")).doesNotExist();
    }

    private List<String> csv(String name) {
        return List.of("digits", "-D", "data.set=csv", "-D", "data.csv.file=" + folder.resolve(name));
    }

    private static List<String> with(List<String> arguments, String... more) {
        return Stream.concat(arguments.stream(), Stream.of(more)).toList();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8);
    }

    private Path run() throws IOException {
        try (Stream<Path> runs = Files.list(folder.resolve("runs"))) {
            return runs.findFirst().orElseThrow();
        }
    }

    private Path find(String name) throws IOException {
        try (Stream<Path> files = Files.walk(run())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.endsWith(name))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
