package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.app.cluster.Plans;
import millrace.nn.data.CsvOptions.Header;
import millrace.nn.data.Dataset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random tables, as a run saves what it knows of them and as evaluation, prediction, going on and other nodes read them again. */
class DataOfARunTest {
    private static final List<String> NAMES = List.of(
            "ant",
            "Ant",
            "bee, wild",
            "c#d",
            "\"quoted\"",
            "été",
            "nil",
            "true",
            "a//b",
            "${x}",
            "[1]",
            "x=y",
            "die Kuh");

    @TempDir
    private Path folder = Path.of("");

    private Random random = new Random();
    private List<String> columns = List.of();
    private final List<List<String>> rows = new ArrayList<>();

    private static String quoted(String cell) {
        return '"' + cell.replace("\"", "\"\"") + '"';
    }

    private static String text(List<List<String>> lines) {
        return lines.stream()
                .map(line -> line.stream().map(DataOfARunTest::quoted).collect(Collectors.joining(",")))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private Path write(String name, List<String> header, List<List<String>> lines) throws IOException {
        List<List<String>> all = new ArrayList<>(List.of(header));
        all.addAll(lines);
        return Files.writeString(folder.resolve(name), text(all), StandardCharsets.UTF_8);
    }

    /** A table of one to four features, an identifier, and a label of two to five classes; its run, as it is saved. */
    private String savedRun(long seed) throws IOException {
        random = new Random(seed);
        List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random);
        int features = 1 + random.nextInt(4);
        List<String> classes = names.subList(0, 2 + random.nextInt(4));
        List<String> header = new ArrayList<>(names.subList(5, 5 + features));
        header.addAll(List.of("id", "kind"));
        columns = header;
        int count = 20 + random.nextInt(20);
        for (int row = 0; row < count; row++) {
            List<String> cells = new ArrayList<>();
            for (int i = 0; i < features; i++) {
                cells.add(String.valueOf(random.nextInt(-500, 500) / 8.0));
            }
            cells.add("i" + row);
            // each class at least once
            cells.add(classes.get(row < classes.size() ? row : random.nextInt(classes.size())));
            rows.add(cells);
        }
        Path file = write("train.csv", columns, rows);
        Path run = Files.writeString(folder.resolve("run.conf"), """
                model.layers = [{ type = dense, units = classes }]
                data {
                  set = csv, normalize = standard, test = %s, validation = %s
                  csv { file = %s, label = kind, drop = [id], header = true }
                }
                training { batch = 4, epochs = 1, seed = %d, shuffle = %s }
                pipeline { stages = 1, micro-batches = 2 }
                """.formatted(
                        random.nextBoolean() ? 0 : 0.3,
                        random.nextBoolean() ? 0 : 0.2,
                        ConfigUtil.quoteString(file.toString()),
                        random.nextInt(100),
                        random.nextBoolean()));
        return RunFile.render(RunSetup.of(RunFile.resolve(run.toString(), List.of(), Map.of()))
                .config());
    }

    private static Config read(String saved, String... overrides) {
        return RunFile.resolve(RunFile.parse(saved), List.of(overrides), Map.of());
    }

    private List<String> classes() {
        return List.copyOf(new TreeSet<>(rows.stream().map(List::getLast).toList()));
    }

    /** Another file may have fewer classes, its columns in another order, and more of them. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void otherFilesMeanWhatTheTrainingFileDid(long seed) throws IOException {
        SavedRun run = SavedRun.of(read(savedRun(seed)));
        String dropped = classes().get(random.nextInt(classes().size()));
        List<List<String>> others =
                rows.stream().filter(row -> !row.getLast().equals(dropped)).toList();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, columns.size()).boxed().toList());
        Path same = write("same.csv", columns, others);
        Collections.shuffle(order, random);
        order.add(order.getFirst());
        List<String> header = new ArrayList<>(order.stream().map(columns::get).toList());
        header.set(order.size() - 1, "another one");
        Path other = write(
                "other.csv",
                header,
                others.stream()
                        .map(row -> order.stream().map(row::get).toList())
                        .toList());
        Files.delete(folder.resolve("train.csv"));

        assertThat(run.classes()).as("seed %d", seed).isEqualTo(classes());
        Dataset read = run.labelled(other, null, Header.TRUE);
        for (int row = 0; row < others.size(); row++) {
            assertThat(run.classes().get(read.targets().getInt(row)))
                    .as("seed %d, row %d", seed, row)
                    .isEqualTo(others.get(row).getLast());
        }
        assertThat(read.inputs().toFloats())
                .as("seed %d", seed)
                .isEqualTo(run.samples(same, Header.TRUE).toFloats())
                .isEqualTo(run.samples(other, Header.TRUE).toFloats());
    }

    /** One change of the file, however small. */
    private Path changed() throws IOException {
        Path file = folder.resolve("train.csv");
        List<List<String>> lines = new ArrayList<>(rows);
        int row = random.nextInt(lines.size());
        switch (random.nextInt(6)) {
            case 0 -> lines.add(lines.get(row));
            case 1 -> lines.remove(row);
            case 2 -> lines.subList(lines.size() / 2, lines.size()).clear();
            case 3 -> Collections.rotate(lines, 1 + random.nextInt(lines.size() - 1));
            case 4 -> {
                List<String> cells = new ArrayList<>(lines.get(row));
                cells.set(0, cells.getFirst() + "1");
                lines.set(row, cells);
            }
            default -> {
                List<String> cells = new ArrayList<>(lines.get(row));
                cells.set(cells.size() - 1, "another class");
                lines.set(row, cells);
            }
        }
        return write(file.getFileName().toString(), columns, lines);
    }

    /** By whoever reads the run's data again: evaluation and a run that goes on here, another node of a cluster there. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aFileThatIsNotTheRunsIsRefused(long seed) throws IOException {
        String saved = savedRun(seed);
        float[] trained = RunSetup.of(read(saved)).data().train().inputs().toFloats();
        assertThat(new Plans()
                        .on("10.0.0.7:25520")
                        .plan(saved)
                        .data()
                        .train()
                        .inputs()
                        .toFloats())
                .as("seed %d", seed)
                .isEqualTo(trained);

        Path file = changed();

        String message = "data " + file + ": ";
        assertThatIllegalArgumentException()
                .as("seed %d", seed)
                .isThrownBy(() -> RunSetup.of(read(saved)))
                .withMessageStartingWith(message)
                .withMessageContaining("(expected: " + rows.size() + " samples, sha256 ");
        assertThatIllegalArgumentException()
                .as("seed %d", seed)
                .isThrownBy(() -> new Plans().on("10.0.0.7:25520").plan(saved))
                .withMessageStartingWith("node 10.0.0.7:25520: " + message);
    }

    /** Nobody has a digest of data that is made up. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void dataThatWouldBeMadeUpOtherwiseIsRefused(long seed) throws IOException {
        Random numbers = new Random(seed);
        List<String> linear = List.of("slope", "intercept", "noise", "samples");
        List<String> classes = List.of("samples", "features", "classes");
        boolean line = numbers.nextBoolean();
        Path run = Files.writeString(
                folder.resolve("run.conf"),
                line
                        ? "model.layers = [{ type = dense, units = 1 }]\ndata.set = linear\ntraining.loss = mse\n"
                        : "model.layers = [{ type = dense, units = 100 }]\ndata { set = random, random { samples = 40,"
                                + " features = 3, classes = 4 } }\n");
        String saved = RunFile.render(RunSetup.of(RunFile.resolve(run.toString(), List.of(), Map.of()))
                .config());
        String key =
                "data." + (line ? "linear." : "random.") + (line ? linear : classes).get(numbers.nextInt(line ? 4 : 3));

        RunSetup.of(read(saved));
        assertThatIllegalArgumentException()
                .as("seed %d, %s", seed, key)
                .isThrownBy(() -> RunSetup.of(read(saved, key + "=" + (5 + numbers.nextInt(30)))))
                .withMessageStartingWith(line ? "data.linear" : "data.random")
                .withMessageContaining("as the run was begun with");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunSetup.of(read(saved, "data.set=iris")))
                .withMessageStartingWith("data.set: \"iris\" (expected: \"" + (line ? "linear" : "random") + "\"");
    }

    /** Without shuffling, whatever is held back, and whatever the data is. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void rowsOfEachPartStayInTheOrderOfTheData(long seed) throws IOException {
        Random numbers = new Random(seed);
        int count = 10 + numbers.nextInt(40);
        double test = numbers.nextBoolean() ? 0 : 0.1 + 0.3 * numbers.nextDouble();
        double validation = numbers.nextBoolean() ? 0 : 0.1 + 0.3 * numbers.nextDouble();
        Path file = Files.writeString(
                folder.resolve("d.csv"),
                IntStream.range(0, count).mapToObj(i -> i + "," + i).collect(Collectors.joining("\n", "x,y\n", "\n")));
        Path run = Files.writeString(folder.resolve("run.conf"), """
                model.layers = [{ type = dense, units = 1 }]
                data { set = csv, test = %s, validation = %s, csv { file = %s, task = regression } }
                training { loss = mse, shuffle = false, seed = %d }
                """.formatted(
                        test, validation, ConfigUtil.quoteString(file.toString()), seed));

        var data = RunSetup.of(RunFile.resolve(run.toString(), List.of(), Map.of()))
                .data();

        List<float[]> parts = new ArrayList<>(List.of(data.train().targets().toFloats()));
        data.evaluated().values().forEach(part -> parts.add(part.targets().toFloats()));
        float[] all = new float[count];
        int filled = 0;
        for (float[] part : parts) {
            float[] sorted = part.clone();
            Arrays.sort(sorted);
            assertThat(part).as("seed %d", seed).isEqualTo(sorted);
            System.arraycopy(part, 0, all, filled, part.length);
            filled += part.length;
        }
        Arrays.sort(all);
        assertThat(filled).as("seed %d", seed).isEqualTo(count);
        assertThat(all[count - 1]).as("seed %d", seed).isEqualTo(count - 1);
        if (test == 0 && validation == 0) {
            assertThat(parts).hasSize(1);
        }
    }

    /** A set of the program's own, too. */
    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.4})
    void samplesOfIrisStayInTheirOrder(double validation) throws IOException {
        Path run = Files.writeString(
                folder.resolve("run.conf"),
                "model.layers = [{ type = dense, units = 3 }]\ndata { set = iris, validation = " + validation
                        + " }\ntraining.shuffle = false\n");
        RunSetup parts = RunSetup.of(RunFile.resolve(run.toString(), List.of(), Map.of()));
        RunSetup whole = RunSetup.of(RunFile.resolve(run.toString(), List.of("data.validation=0"), Map.of()));
        List<List<Float>> all = samples(whole.data().train());
        int last = -1;
        for (List<Float> sample : samples(parts.data().train())) {
            int found = last + 1 + all.subList(last + 1, all.size()).indexOf(sample);
            assertThat(found).isGreaterThan(last);
            last = found;
        }
    }

    private static List<List<Float>> samples(Dataset set) {
        List<List<Float>> samples = new ArrayList<>();
        int width = set.inputs().columns();
        for (int row = 0; row < set.size(); row++) {
            List<Float> sample = new ArrayList<>();
            for (int column = 0; column < width; column++) {
                sample.add(set.inputs().getFloat((long) row * width + column));
            }
            samples.add(sample);
        }
        return samples;
    }
}
