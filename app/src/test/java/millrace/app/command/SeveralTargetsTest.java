package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A regression of two columns in different units. */
class SeveralTargetsTest {
    private Path folder = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void files(@TempDir Path dir) {
        folder = dir;
        file = dir.resolve("run.conf");
        Random random = new Random(5);
        StringBuilder table = new StringBuilder("a,b,low,high\n");
        for (int row = 0; row < 60; row++) {
            double a = random.nextGaussian();
            double b = random.nextGaussian();
            table.append(a).append(',').append(b).append(',').append(a + b + random.nextGaussian() / 9);
            table.append(',').append(5000 + 300 * (a - b)).append('\n');
        }
        write("d.csv", table.toString());
        write("run.conf", """
                name = t
                model.layers = [{ type = dense, units = 2 }]
                data { set = csv, normalize-targets = true, csv { file = "%1$s/d.csv", task = regression, label = [low, high] } }
                checkpoint.folder = "%1$s/runs"
                training { loss = mse, batch = 16, epochs = 8, optimizer { name = adam, lr = 0.05 } }
                pipeline { stages = 1, micro-batches = 1 }
                """.formatted(folder));
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path trained() {
        return folder.resolve("runs")
                .resolve(Program.done("train " + file).event("start").getString("run"));
    }

    /** By what is predicted of three samples, each target's figures are reckoned here. */
    @Test
    void eachTargetIsToldByItsNameInItsOwnUnits() {
        Path run = trained();
        Path others = write("others.csv", "high,a,low,b\n5100,1,0,0.5\n4000,-2,-1,1\n5000,0,0.25,0\n");
        double[][] truth = {{0, 5100}, {-1, 4000}, {0.25, 5000}};
        List<Config> predicted =
                Program.events(Program.done("predict " + run + " " + others).out(), "prediction");

        Config found = Program.done("evaluate " + run + " --data " + others).event("evaluation");

        assertThat(found.getStringList("targets")).containsExactly("low", "high");
        double meanR2 = 0;
        for (int target = 0; target < 2; target++) {
            double mean = (truth[0][target] + truth[1][target] + truth[2][target]) / 3;
            double distances = 0;
            double squares = 0;
            double spread = 0;
            for (int row = 0; row < 3; row++) {
                double error = predicted.get(row).getDoubleList("values").get(target) - truth[row][target];
                distances += Math.abs(error);
                squares += error * error;
                spread += (truth[row][target] - mean) * (truth[row][target] - mean);
            }
            double r2 = 1 - squares / spread;
            meanR2 += r2 / 2;
            assertThat(found.getDoubleList("target_mae").get(target) / (distances / 3))
                    .isCloseTo(1, within(1e-5));
            assertThat(found.getDoubleList("target_rmse").get(target) / Math.sqrt(squares / 3))
                    .isCloseTo(1, within(1e-5));
            assertThat(found.getDoubleList("target_r2").get(target)).isCloseTo(r2, within(1e-4));
        }
        assertThat(found.getDouble("r2")).isCloseTo(meanR2, within(1e-4));
        assertThat(found.hasPath("mae")).as("a mean over units").isFalse();
        List<String> text = Program.run("evaluate " + run + " --data " + others).out();
        assertThat(text).hasSize(5);
        assertThat(text.get(0)).containsPattern("mean R2 -?[0-9]\\.[0-9]{4}$").doesNotContain("MAE");
        assertThat(text.get(1)).isEqualTo("errors in the units of the data:");
        assertThat(text.get(2)).matches(" +R2 +MAE +RMSE");
        assertThat(text.get(3)).matches("low +[-.0-9]+ +[.0-9]+ +[.0-9]+");
        assertThat(text.get(4)).matches("high +[-.0-9]+ +[.0-9]+ +[.0-9]+");
    }

    @Test
    void aFileThatLacksATargetIsOneToPredictButNotToEvaluate() {
        Path run = trained();
        Path lacking = write("lacking.csv", "a,b,low\n1,2,x\n");

        assertThat(Program.done("predict " + run + " " + lacking)
                        .event("prediction")
                        .getDoubleList("values"))
                .hasSize(2);
        Program.run("evaluate " + run + " --data " + lacking)
                .assertRefused(
                        lacking + ": columns a, b, low (expected: low, high, the labels that the model was trained"
                                + " with); there is no high");
        Path words = write("words.csv", "a,b,low,high\n1,2,3,red\n");
        Program.run("evaluate " + run + " --data " + words)
                .assertRefused(
                        words + ": line 2, column 4 (\"high\"): red (expected: a number); correct the cell or name"
                                + " another label column");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "data.csv.task=classification | label: low, high (expected: one column); name what is to be predicted, or"
                        + " choose task regression for several columns",
                "training.loss=cross-entropy | loss: cross-entropy (expected: one for values, the data set d.csv has no"
                        + " classes); use mse, mae or huber",
                "data.csv.label=[low,low] | label: low (expected: each column once); remove one",
                "data.csv.label=[low,3] | label: column 3 (\"low\") is named twice (expected: each column once); leave one out",
                "data.csv.label=[low,-2] | label: column 3 (\"low\") is named twice",
                "data.csv.label=[low,mid] | label: mid (expected: one of the names a, b, low, high, or a number from 1 to 4",
                "model.layers=[{type=dense,units=3}] | output: 3 (expected: 2 as in the targets); give the last dense layer 2"
                        + " units",
                "model.layers=[{type=dense,units=classes}] | units: classes (expected: a number, the data has values and no"
                        + " classes)",
                "data.csv.columns=[{column=a,type=category},{column=1,type=number}] | columns: column 1 (\"a\") has two rules"
                        + " (expected: one a column); leave one out",
            })
    void mistakesAreToldBeforeTraining(String setting, String message) {
        Program.run("train " + file + " -D " + setting).assertRefused(message);
        assertThat(folder.resolve("runs")).doesNotExist();
    }
}
