package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import millrace.app.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network that ends with sigmoid under a loss that has one of its own: its user hears of it, and gets both classes. */
class ProbabilitiesTest {
    private static final String WARNING = "warning: layer 3 (sigmoid): probabilities for the loss binary-cross-entropy"
            + " (expected: logits, the loss has a sigmoid of its own;";

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");
    private Path samples = Path.of("");

    @BeforeEach
    void writeTwoClassesApart() throws IOException {
        StringBuilder rows = new StringBuilder("x,y,kind\n");
        StringBuilder without = new StringBuilder("x,y\n");
        Random random = new Random(4);
        for (int i = 0; i < 120; i++) {
            double side = i % 2 == 0 ? -2 : 2;
            String row = (side + random.nextGaussian() / 4) + "," + random.nextGaussian();
            rows.append(row).append(i % 2 == 0 ? ",left" : ",right").append('\n');
            without.append(row).append('\n');
        }
        Path table = Files.writeString(folder.resolve("table.csv"), rows);
        samples = Files.writeString(folder.resolve("samples.csv"), without);
        file = Files.writeString(folder.resolve("run.conf"), """
                name = sides
                model.layers = [{ type = dense, units = 4 }, tanh, { type = dense, units = 1 }, sigmoid]
                data { set = csv, csv { file = "%s", label = kind } }
                training { batch = 8, epochs = 15, loss = binary-cross-entropy, optimizer { name = adam, lr = 0.05 } }
                pipeline.stages = 1
                checkpoint.folder = "%s"
                """.formatted(table, folder.resolve("runs")));
    }

    private Path run() throws IOException {
        try (var runs = Files.list(folder.resolve("runs"))) {
            return runs.findFirst().orElseThrow();
        }
    }

    @Test
    void whoeverAsksForNothingButTheResultIsWarned() throws IOException {
        Program trained = Program.run("train " + file + " --quiet");

        assertThat(trained.status()).isZero();
        assertThat(trained.err()).startsWith(WARNING).hasLineCount(1);
        assertThat(trained.out()).noneMatch(line -> line.contains("warning"));

        Program evaluated = Program.done("evaluate " + run());
        assertThat(evaluated.err()).startsWith(WARNING).hasLineCount(1);
        Config evaluation = evaluated.event("evaluation");
        assertThat(evaluation.getDouble("accuracy")).isGreaterThan(0.95);

        Program predicted = Program.done("predict " + run() + " " + samples);
        assertThat(predicted.err()).startsWith(WARNING).hasLineCount(1);
        List<Config> answers = Program.events(predicted.out(), "prediction");
        assertThat(answers).hasSize(120);
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).getString("class")).isEqualTo(i % 2 == 0 ? "left" : "right");
            List<Double> probabilities = answers.get(i).getDoubleList("probabilities");
            assertThat(probabilities.get(0) + probabilities.get(1)).isEqualTo(1);
            assertThat(probabilities.get(i % 2)).isGreaterThan(0.5);
        }
    }

    @Test
    void aSweepWarnsOnce() {
        Program swept = Program.done("sweep " + file + " --grid training.optimizer.lr=0.01,0.05 --epochs 1");

        assertThat(swept.err()).startsWith(WARNING).hasLineCount(1);
    }
}
