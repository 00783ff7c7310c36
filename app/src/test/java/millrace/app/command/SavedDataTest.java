package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.app.Program;
import millrace.app.config.RunFile;
import millrace.app.config.RunSetup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Classes, columns and digests belong to a run: evaluation and prediction go by them, and not by today's files. */
class SavedDataTest extends RunsOfTables {
    private static final String TRAINING = """
            training { batch = 8, epochs = 6, optimizer { name = adam, lr = 0.5 } }
            pipeline { stages = 1, micro-batches = 2 }
            """;

    private Path trained(String dataBlock, String layers, String options) {
        write(
                file,
                "name = t\nmodel.layers = " + layers + "\ndata { " + dataBlock + " }\ncheckpoint.folder = \""
                        + folder.resolve("runs") + "\"\n" + TRAINING);
        return trained(options);
    }

    private Path animals() {
        write(data, "w,h,d,kind\n" + "1,0,0,ant\n0,1,0,bee\n0,0,1,cat\n".repeat(20));
        return trained("set = csv, csv.file = \"" + data + "\"", "[{ type = dense, units = classes }]", "");
    }

    private List<String> predicted(Path run, String text) {
        Path input = folder.resolve("x.csv");
        write(input, text);
        return Program.events(Program.done("predict " + run + " " + input).out(), "prediction").stream()
                .map(line -> line.getString("class"))
                .toList();
    }

    @Test
    void namesOfClassesAreTheRunsAndNotTodaysFiles() throws IOException {
        Path run = animals();
        String samples = "1,0,0\n0,1,0\n0,0,1\n";

        assertThat(predicted(run, samples)).containsExactly("ant", "bee", "cat");
        write(data, Files.readString(data).replace("ant", "zebra"));
        assertThat(predicted(run, samples)).containsExactly("ant", "bee", "cat");
        Files.delete(data);
        assertThat(predicted(run, samples)).containsExactly("ant", "bee", "cat");
    }

    @Test
    void columnsAreFoundByName() {
        Path run = animals();

        assertThat(predicted(run, "kind,d,w,more,h\n?,0,1,x,0\n?,0,0,y,1\n?,1,0,z,0\n"))
                .containsExactly("ant", "bee", "cat");
        Path input = folder.resolve("x.csv");
        write(input, "d,h\n0,1\n");
        Program.run("predict " + run + " " + input)
                .assertRefused(
                        input + ": columns d, h (expected: w, h, d, the features that the model was trained with);"
                                + " there is no w");
    }

    @Test
    void allProbabilitiesGoIntoATable() throws IOException {
        Path run = animals();
        Path out = folder.resolve("out.csv");
        Path input = folder.resolve("x.csv");
        write(input, "1,0,0\n0,0,1\n");

        Program.done("predict " + run + " " + input + " --out " + out);

        List<String> lines = Files.readAllLines(out);
        assertThat(lines.getFirst()).isEqualTo("class,probability of ant,probability of bee,probability of cat");
        assertThat(lines.get(1)).startsWith("ant,0.99");
        double sum = Arrays.stream(lines.get(2).split(","))
                .skip(1)
                .mapToDouble(Double::parseDouble)
                .sum();
        assertThat(sum).isCloseTo(1, within(1e-6));
    }

    /** Whatever is appended, removed or changed: nobody evaluates on what was trained with. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void dataThatHasChangedIsRefused(long seed) throws IOException {
        Random random = new Random(seed);
        Path run = animals();
        assertThat(Program.run("evaluate " + run).status()).isZero();
        List<String> lines = Files.readAllLines(data);
        int line = 1 + random.nextInt(lines.size() - 1);
        switch (random.nextInt(3)) {
            case 0 -> lines.add(line, lines.get(line));
            case 1 -> lines.remove(line);
            default -> lines.set(line, lines.get(line) + "x");
        }
        write(data, String.join("\n", lines));

        String message = "(expected: 60 samples, sha256 ";
        for (String command : List.of("evaluate " + run, "train --epochs 31 --resume " + run)) {
            Program.run(command).assertRefused(message);
        }
        Path others = folder.resolve("others.csv");
        write(others, "kind,h,w,d\ncat,0,0,1\nbee,1,0,0\nbee,0,1,0\n");
        Config found = Program.done("evaluate " + run + " --data " + others).event("evaluation");
        assertThat(found.getInt("samples")).isEqualTo(3);
        assertThat(found.getDouble("accuracy")).isEqualTo(2 / 3.0);
        assertThat(found.getStringList("classes")).containsExactly("ant", "bee", "cat");
    }

    @Test
    void anotherFileWithAClassThatIsNoneOfTheRunsIsRefused() {
        Path run = animals();
        Path others = folder.resolve("others.csv");
        write(others, "w,h,d,kind\n1,0,0,dog\n");

        Program.run("evaluate " + run + " --data " + others)
                .assertRefused("label out of range: dog (expected: 0 to 2, or one of the classes ant, bee, cat)");
    }

    /** Test sets without the last classes: accuracy and confusion as counted here by hand. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aTestSetOfFewerClassesIsCountedByThoseOfTheTraining(long seed) {
        Random random = new Random(seed);
        int classes = 3 + random.nextInt(3);
        int beyond = random.nextInt(3);
        int[] shown = random.ints(20, 0, classes).toArray();
        int largest = 1 + random.nextInt(classes - 1);
        int[] labels = random.ints(20, 0, largest).toArray();
        images("train", IntStream.range(0, 200).map(i -> i % classes).toArray(), null);
        images("test", shown, labels);
        Path run = trained(
                "set = idx, idx { train-images = \"" + folder + "/train\", train-labels = \"" + folder
                        + "/train-labels\", test-images = \"" + folder + "/test\", test-labels = \"" + folder
                        + "/test-labels\" }",
                "[{ type = dense, units = " + (classes + beyond) + " }]",
                "--epochs 2");

        Config found = Program.done("evaluate " + run).event("evaluation");

        long right = IntStream.range(0, 20).filter(i -> shown[i] == labels[i]).count();
        assertThat(found.getDouble("accuracy")).as("seed %d", seed).isEqualTo(right / 20.0);
        assertThat(found.getStringList("classes")).as("seed %d", seed).hasSize(classes + beyond);
        assertThat(found.getDouble("loss")).as("seed %d", seed).isNotNegative();
        Program predicted = Program.done("predict " + run + " " + folder.resolve("test"));
        assertThat(Program.events(predicted.out(), "prediction").stream()
                        .map(line -> line.getString("class"))
                        .toList())
                .as("seed %d", seed)
                .isEqualTo(Arrays.stream(shown).mapToObj(String::valueOf).toList());
    }

    @Test
    void labelsWithoutAnOutputAreRefusedBeforeTraining() {
        images("train", IntStream.range(0, 60).map(i -> i % 3).toArray(), null);
        images("test", new int[] {0, 1, 2}, new int[] {3, 0, 1});
        write(
                file,
                "model.layers = [{ type = dense, units = 3 }]\ndata { set = idx, idx { train-images = \"" + folder
                        + "/train\", train-labels = \"" + folder + "/train-labels\", test-images = \"" + folder
                        + "/test\", test-labels = \"" + folder + "/test-labels\" } }\ncheckpoint.folder = \""
                        + folder.resolve("runs") + "\"\n" + TRAINING);

        Program.run("train " + file)
                .assertRefused("test: labels up to 3 (expected: 0 to 2, the network has 3 outputs)");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    /** Other settings would make test rows of rows that were trained with, or other columns. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "training.seed=2",
                "data.test=0.5",
                "data.validation=0.2",
                "data.normalize=standard",
                "data.csv.label=d",
                "data.csv.drop=[h]",
                "data.csv.header=true",
                "data.csv.separator=comma",
                "data.csv.decimal=comma",
                "data.csv.encoding=latin-1"
            })
    void theSplitAndTheColumnsAreThoseThatTheRunWasBegunWith(String setting) {
        Path run = animals();

        Program.run("evaluate " + run + " -D " + setting).assertRefused("as the run was begun with");
    }

    @Test
    void aSavedRunFileTrainsAgainAndNotToSomethingElse() throws IOException {
        Path run = animals();
        Path saved = run.resolve("run.conf");

        assertThat(Program.done("train " + saved).event("done").getDouble("test_accuracy"))
                .isEqualTo(1);
        write(file, Files.readString(saved).replace("label=\"-1\"", "label=d"));
        Program.run("train " + file).assertRefused("label");
    }

    @Test
    void probabilitiesOfSeveralTargetsArePredictedAsSuch() {
        write(data, "a,b,u,v\n" + "1,0,1,0\n0,1,0,1\n1,1,1,1\n".repeat(20));
        Path run = trained(
                "set = csv, csv { file = \"" + data + "\", task = regression, label = [u, v] }",
                "[{ type = dense, units = 2 }]",
                "-D training.loss=binary-cross-entropy");
        Path input = folder.resolve("x.csv");
        write(input, "b,a\n0,1\n");

        List<Double> values =
                Program.done("predict " + run + " " + input).event("prediction").getDoubleList("values");
        assertThat(values.get(0)).isBetween(0.8, 1.0);
        assertThat(values.get(1)).isBetween(0.0, 0.2);
        assertThat(Program.done("evaluate " + run).event("evaluation").hasPath("r2"))
                .isFalse();
    }

    @Test
    void answersGoThroughALink() throws IOException {
        Path run = animals();
        Path input = folder.resolve("x.csv");
        write(input, "1,0,0\n");
        Path target = Files.writeString(folder.resolve("target.csv"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.csv"), target);

        Program.done("predict " + run + " " + input + " --out " + link);

        assertThat(link).isSymbolicLink();
        assertThat(Files.readString(target)).startsWith("class,");
    }

    @Test
    void aPresetsNetworkIsNotTrainedWithOtherClasses() {
        write(data, "w,h,kind\n" + "1,0,ant\n0,1,bee\n".repeat(20));
        String csv = " -D data.set=csv -D data.csv.file=" + data;

        Program.run("train" + csv)
                .assertRefused(
                        "data: csv without a network (expected: a run file with model.layers, or a preset by name");
        Program.run("train digits" + csv)
                .assertRefused("d.csv has 2 classes (expected: 10, as the network of the preset has outputs)");
    }

    @Test
    void rowsStayInTheOrderOfTheFileWhereNothingIsHeldBack() {
        String rows =
                IntStream.range(0, 12).mapToObj(i -> i + "," + i).collect(Collectors.joining("\n", "x,y\n", "\n"));
        write(data, rows);

        Program.done("train " + regression("test = 0, validation = 0") + " --epochs 1");

        RunSetup setup = RunSetup.of(RunFile.resolve(file.toString(), List.of(), Map.of()));
        assertThat(setup.data().train().targets().toFloats()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    private Path regression(String more) {
        write(
                file,
                "model.layers = [{ type = dense, units = 1 }]\ndata { set = csv, " + more + ", csv { file = \"" + data
                        + "\", task = regression } }\ntraining { loss = mse, batch = 4, shuffle = false, optimizer { name ="
                        + " sgd, lr = 1e-9 } }\npipeline { stages = 1, micro-batches = 1 }\ncheckpoint.enabled = false\n");
        return file;
    }

    /** Images of 2 x 3 pixels with one that is lit; their labels are which one, unless others are given. */
    private void images(String name, int[] lit, int @Nullable [] labels) {
        try {
            ByteArrayOutputStream images = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(images);
            for (int size : new int[] {0x803, lit.length, 2, 3}) {
                out.writeInt(size);
            }
            for (int pixel : lit) {
                byte[] image = new byte[6];
                image[pixel] = (byte) 255;
                out.write(image);
            }
            Files.write(folder.resolve(name), images.toByteArray());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream numbers = new DataOutputStream(bytes);
            numbers.writeInt(0x801);
            numbers.writeInt(lit.length);
            for (int label : labels == null ? lit : labels) {
                numbers.writeByte(label);
            }
            Files.write(folder.resolve(name + "-labels"), bytes.toByteArray());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
