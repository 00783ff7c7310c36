package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TiedEmbeddingTest {
    @TempDir
    private Path folder = Path.of("");

    private String train = "";

    @BeforeEach
    void writeTheFiles() throws IOException {
        Path text =
                Files.writeString(folder.resolve("own.txt"), "to be or not to be, that is the question. ".repeat(20));
        Path file = Files.writeString(folder.resolve("small.conf"), """
                name = small
                model.layers = [
                  { type = embedding, vocabulary = classes, width = 12 }
                  { type = lstm, hidden = 16 }
                  { type = dense, units = 12 }
                  { type = dense, units = classes, bias = false, tied = embedding }
                ]
                data { text = "%s", context = 8 }
                training { batch = 8, epochs = 2, clip-norm = 0.5 }
                pipeline { stages = 2, micro-batches = 4 }
                checkpoint.folder = "%s"
                """.formatted(text, folder.resolve("runs")));
        train = "train " + file;
    }

    private Path run(Program trained) {
        return folder.resolve("runs").resolve(trained.event("start").getString("run"));
    }

    @Test
    void theWeightsAreThoseOfTheSequentialRunAlsoFromACheckpoint() {
        String sequential = Program.done(train + " --sequential").digest();

        for (String line : List.of(
                "--stages 1",
                "--stages 4",
                "--stages 4 --schedule zb-h1",
                "--schedule zb-v --ranks 2",
                "--stages 4 --recompute",
                "--schedule zb-v --ranks 2 -D pipeline.recompute=[0,1,2,3]")) {
            assertThat(Program.done(train + " " + line).digest()).as(line).isEqualTo(sequential);
        }
        Program half = Program.done(train + " --steps 20");
        Program resumed = Program.done("train --resume " + run(half) + " --steps 0 --stages 3");
        assertThat(resumed.digest()).isEqualTo(sequential);
    }

    @Test
    void theWeightsGoOutAndInAgainAndGenerate() {
        Program trained = Program.done(train);
        Path weights = folder.resolve("w.safetensors");
        Program.done("export " + run(trained) + " --safetensors " + weights);

        Program begun = Program.done(train + " --lr 1e-30 --steps 1 --init " + weights);

        assertThat(begun.digest())
                .isEqualTo(Program.done("export " + run(trained) + " --safetensors " + weights)
                        .event("exported")
                        .getString("weights_sha256"));
        assertThat(Program.done("generate " + run(trained) + " --length 9")
                        .event("generated")
                        .getString("text"))
                .hasSize(9);
    }

    @Test
    void whatCannotBeTiedIsOneLine() {
        refused(
                "--schedule async-1f1b -D training.clip-norm=null",
                "tied: embedding with async-1f1b (expected: a schedule");
        refused(
                "-D training.clip-norm=null -D training.clip-norm-per-stage=1",
                "tied: embedding with clip-norm-per-stage");
        refused(
                "-D model.layers=[{type=embedding,vocabulary=classes,width=9},{type=dense,units=classes,tied=embedding,init=gpt2}]",
                "model.layers, layer 1: init: gpt2 (expected: none with tied = embedding, the embedding's decides)");
        refused(
                "-D model.layers=[{type=embedding,vocabulary=classes,width=9},{type=dense,units=classes,tied=layer}]",
                "model.layers, layer 1: tied: layer (expected: one of none, embedding)");
        refused(
                "-D model.layers=[{type=embedding,vocabulary=classes,width=9},{type=dense,units=8},{type=dense,units=classes,tied=embedding}]",
                "layer 2 (dense): weight of shape ");
    }

    private void refused(String words, String message) {
        Program program = Program.run(train + " " + words);
        assertThat(program.status()).as(words).isEqualTo(2);
        assertThat(program.err()).startsWith("error: " + message).hasLineCount(1);
        assertThat(program.out()).isEmpty();
    }
}
