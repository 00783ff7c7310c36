package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
    private static final String TEXT = "die Würde \"☃\" \\ #{$x} 😀\n".repeat(60);

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");
    private Path text = Path.of("");

    @BeforeEach
    void writeTheFiles() throws IOException {
        text = Files.writeString(folder.resolve("own.txt"), TEXT);
        file = Files.writeString(folder.resolve("small.conf"), """
                name = small
                model.layers = [
                  { type = embedding, vocabulary = classes, width = 16 }
                  { type = lstm, hidden = 32 }
                  { type = dense, units = classes }
                ]
                data { context = 13 }
                training { batch = 8, epochs = 12, optimizer { name = adam, lr = 0.02 } }
                pipeline { stages = 2, micro-batches = 2 }
                checkpoint.folder = "%s"
                """.formatted(folder.resolve("runs")));
    }

    private Path trained(String options) {
        Program trained = Program.done("train " + file + " --text " + text + " " + options);
        return folder.resolve("runs").resolve(trained.event("start").getString("run"));
    }

    @Test
    void aTrainedTextComesBackWithoutItsFile() throws IOException {
        Path run = trained("");
        Files.delete(text);

        Program greedy = Program.run("generate " + run + " --prompt die --temperature 0 --length 44");

        assertThat(greedy.status()).as(greedy.err()).isZero();
        assertThat(String.join("\n", greedy.out())).isEqualTo(TEXT.substring(0, TEXT.offsetByCodePoints(0, 47)));
        String seeded = "generate " + run + " --length 60 --top-k 5 --temperature 2 --seed ";
        assertThat(Program.run(seeded + 4).out())
                .isEqualTo(Program.run(seeded + 4).out());
        assertThat(Program.run(seeded + 4).out())
                .isNotEqualTo(Program.run(seeded + 5).out());
        var event = Program.done("generate " + run + " --prompt die --temperature 0 --length 7")
                .event("generated");
        assertThat(event.getString("text")).isEqualTo("die Würde ");
        assertThat(event.getString("prompt")).isEqualTo("die");
        assertThat(event.getInt("length")).isEqualTo(7);
        assertThat(event.getIsNull("top_k")).isTrue();
    }

    @Test
    void anotherTextIsReadWithTheVocabularyOfTheRun() throws IOException {
        Path run = trained("--steps 2");
        Path other = Files.writeString(folder.resolve("other.txt"), "Würde die ".repeat(40));
        Path foreign = Files.writeString(folder.resolve("foreign.txt"), "Würde die q".repeat(40));

        Program evaluated = Program.done("evaluate " + run + " --set validation --text " + other);
        Program refused = Program.run("evaluate " + run + " --set validation --text " + foreign);

        assertThat(evaluated.event("evaluation").getStringList("classes")).contains("☃");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).startsWith("error: foreign.txt: character 11 is q, U+0071 (expected: one of the ");
    }

    @Test
    void whatCannotBeContinuedIsOneLine() {
        Path run = trained("--steps 1");

        refused("generate " + run + " --prompt dieq", "prompt: character 4 is q, U+0071 (expected: one of the ");
        refused("generate " + run + " --length 0", "length: 0 (expected: 1 or more characters)");
        refused("generate " + run + " --temperature -1", "temperature: -1.0 (expected: 0 for");
        refused("generate " + run + " --top-k 0", "--top-k: 0 (expected: 1 or more)");
        refused("predict " + run + " " + text, run + ": its model reads texts (expected:");
        Program iris = Program.done("train linreg --steps 1 -D checkpoint.folder=" + folder.resolve("runs"));
        Path numbers = folder.resolve("runs").resolve(iris.event("start").getString("run"));
        refused("generate " + numbers, numbers + ": its model reads no text (expected: one that was trained with");
    }

    @Test
    void filesThatAreNoTextAreOneLine() throws IOException {
        Path latin =
                Files.write(folder.resolve("latin.txt"), TEXT.substring(0, 8).getBytes(StandardCharsets.ISO_8859_1));
        Path few = Files.writeString(folder.resolve("few.txt"), "too few");
        Path empty = Files.writeString(folder.resolve("empty.txt"), "");

        refused(
                "train " + file + " --text " + folder.resolve("none.txt"),
                folder.resolve("none.txt") + ": no such file");
        refused("train " + file + " --text " + latin, latin + ": not UTF-8 text (expected: a text file in UTF-8)");
        refused("train " + file + " --text " + few, "few.txt: 6 characters in a part (expected: at least 14,");
        refused("train " + file + " --text " + empty, "empty.txt: 0 characters");
        refused("train mlp-mnist --text " + text, "data own.txt: samples are tokens (expected: values,");
    }

    private static void refused(String words, String message) {
        Program program = Program.run(words);
        assertThat(program.status()).as(words).isEqualTo(2);
        assertThat(program.err()).startsWith("error: " + message).hasLineCount(1);
        assertThat(program.out()).isEmpty();
    }
}
