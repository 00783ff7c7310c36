package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import millrace.app.Program;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import org.junit.jupiter.api.Test;

/** A weight column from a run file: what is learnt, and what evaluate, predict and resume make of it. */
class SampleWeightsTest extends RunsOfTables {
    /** Two answers to the one question, of weights 3 and 1, and others that weigh nothing: 3/4 is learnt. */
    private void opinions() {
        write(data, "sure,x,y\n" + "3,1,1\n1,1,0\n0,1,50\n0,1,-9\n".repeat(10));
    }

    private Path trained(String csv, String options) {
        write(
                file,
                "name = t\nmodel.layers = [{ type = dense, units = 1 }]\ndata { set = csv, csv { file = \""
                        + data
                        + "\", task = regression, weight = sure" + csv + " } }\ncheckpoint.folder = \""
                        + folder.resolve("runs")
                        + "\"\ntraining { loss = mse, batch = 40, epochs = 60, optimizer { name ="
                        + " sgd, lr = 0.2 } }\npipeline { stages = 1, micro-batches = 4 }\n");
        return trained(options);
    }

    private double predicted(Path run, String text) {
        Path input = folder.resolve("x.csv");
        write(input, text);
        return Program.done("predict " + run + " " + input)
                .event("prediction")
                .getDoubleList("values")
                .getFirst();
    }

    @Test
    void theMeanIsTheWeightedOne() {
        opinions();
        Path run = trained("", "-D data.test=0");

        assertThat(predicted(run, "x\n1\n")).isCloseTo(0.75, within(1e-4));
        assertThat(predicted(run, "sure,y,x\n?,?,1\n")).isCloseTo(0.75, within(1e-4));
        assertThat(predicted(run, "1\n")).isCloseTo(0.75, within(1e-4));
        assertThat(Program.done("evaluate " + run + " --set train")
                        .event("evaluation")
                        .getDouble("loss"))
                .isCloseTo(0.75 * 0.25, within(1e-4));
        Path others = folder.resolve("others.csv");
        write(others, "x,y,sure\n1,0.75,1\n1,1.75,7\n");
        assertThat(Program.done("evaluate " + run + " --data " + others)
                        .event("evaluation")
                        .getDouble("loss"))
                .isCloseTo(7 / 8.0, within(1e-3));
        write(others, "x,y\n1,0.75\n");
        Program.run("evaluate " + run + " --data " + others)
                .assertRefused(others + ": columns x, y (expected: sure, the weight that the model was trained with)");
    }

    @Test
    void testFilesHaveWeightsToo() {
        opinions();
        Path test = folder.resolve("test.csv");
        write(test, "y,sure,x\n0.75,1,1\n1.75,7,1\n");

        Path run = trained(", test-file = \"" + test + "\"", "");

        assertThat(Program.done("evaluate " + run).event("evaluation").getDouble("loss"))
                .isCloseTo(7 / 8.0, within(1e-3));
    }

    @Test
    void theColumnBelongsToTheRun() throws IOException {
        opinions();
        Path run = trained("", "-D data.test=0 --epochs 2");

        assertThat(Files.readString(run.resolve("run.conf"))).containsPattern("weight=sure[^}]*}");
        for (String command : List.of("evaluate " + run + " --set train", "train --epochs 3 --resume " + run)) {
            Program.run(command + " -D data.csv.weight=x")
                    .assertRefused("data.csv.weight: \"x\" (expected: \"sure\", as the run was begun with)");
            Program.run(command + " -D data.csv.weight=null")
                    .assertRefused("data.csv.weight: null (expected: \"sure\", as the run was begun with)");
        }
        assertThat(Program.run("train --epochs 3 --resume " + run).status()).isZero();
    }

    /** A run of a version that did not have the setting was begun without weights. */
    @Test
    void anOlderRunDoesNotGetWeightsWhenItGoesOn() throws IOException {
        opinions();
        Path run = trained("", "-D data.test=0 --epochs 2");
        String saved = Files.readString(run.resolve("run.conf"));
        String older = saved.replaceAll("\\\\ndata.csv.weight=[^\\\\]*\\\\\"sure\\\\\"", "");
        assertThat(older).isNotEqualTo(saved);
        write(file, older);

        Program.run("train " + file)
                .assertRefused("data.csv.weight: \"sure\" (expected: null, as the run was begun with)");
    }

    @Test
    void eachPartOfTheDataHasItsWeights() {
        StringBuilder text = new StringBuilder("x,y,sure\n");
        for (int row = 0; row < 50; row++) {
            text.append(row)
                    .append(',')
                    .append(row)
                    .append(',')
                    .append(row / 4.0)
                    .append('\n');
        }
        write(data, text.toString());
        write(
                file,
                "model.layers = [{ type = dense, units = 1 }]\ndata { set = csv, validation = 0.2, test = 0.2, csv { file = \""
                        + data + "\", label = y, task = regression, weight = 3 } }\ntraining.loss = mse\n");

        RunSetup setup = RunSetup.of(RunFile.resolve(file.toString(), List.of(), Map.of()));

        setup.data()
                .evaluated()
                .values()
                .forEach(set -> assertThat(set.weights()).isNotNull());
        for (var set : List.of(
                setup.data().train(), setup.data().validation(), setup.data().test())) {
            for (int i = 0; i < set.size(); i++) {
                assertThat(set.targets(i, i + 1).weight(0))
                        .isEqualTo(set.targets().getFloat(i) / 4);
            }
        }
    }
}
