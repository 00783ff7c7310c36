package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that make, draw, simulate and compare schedules. */
class ScheduleCommandsTest {
    @TempDir
    private Path folder = Path.of("");

    private static List<Config> json(String... arguments) {
        return Program.json(List.of(arguments));
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void aScheduleAsJson() {
        Program program = Program.run("schedule", "1f1b", "--ranks", "2", "--micro-batches", "2", "--format", "json");

        assertThat(program.out()).isEqualToIgnoringNewLines("""
            {"event":"schedule","schedule":"1f1b","ranks":2,"micro_batches":2,"chunks":1,"placement":[[0],[1]],\
            "order":[["0F0","0F1","0B0","0B1"],["1F0","1B0","1F1","1B1"]]}
            """);
    }

    @Test
    void aScheduleAsGridAndCsvAndSvg() {
        List<String> asked = List.of("schedule", "zb-h1", "--ranks", "2", "--micro-batches", "2");

        assertThat(Program.run(asked).out()).isEqualToIgnoringNewLines("""
            rank 0: 0F0 0F1     0I0 0W0 0I1 0W1
            rank 1:     1F0 1I0 1F1 1I1 1W0 1W1
            """);
        assertThat(Program.run("schedule", "zb-h1", "--ranks", "2", "--micro-batches", "2", "--format", "csv")
                        .out())
                .isEqualTo("0F0,0F1,,0I0,0W0,0I1,0W1\n,1F0,1I0,1F1,1I1,1W0,1W1\n");
        assertThat(Program.run("schedule", "zb-h1", "--ranks", "2", "--micro-batches", "2", "--format", "svg")
                        .out())
                .contains("<svg", "rank 1");
    }

    @Test
    void listsGiveALineForEachCombination() {
        List<Config> lines = json(
                "schedule", "1f1b,interleaved-1f1b", "--ranks", "2,4", "--micro-batches", "8,9", "--format", "json");

        assertThat(lines).hasSize(8);
        assertThat(lines.stream()
                        .filter(line -> line.getString("event").equals("error"))
                        .toList())
                .extracting(line -> line.getString("message"))
                .satisfiesExactly(
                        message -> assertThat(message)
                                .startsWith(
                                        "interleaved-1f1b: micro-batches: 9 with 2 ranks (expected: a multiple of 4"),
                        message -> assertThat(message)
                                .startsWith(
                                        "interleaved-1f1b: micro-batches: 9 with 4 ranks (expected: a multiple of 2"));
    }

    @Test
    void listsWithoutAnyValidCombinationFail() {
        Program program = Program.run("simulate", "dualpipe-v", "--ranks", "4,8", "--micro-batches", "2", "--json");

        assertThat(program.status()).isEqualTo(2);
        assertThat(program.lines()).hasSize(2).allMatch(line -> line.startsWith("{\"event\":\"error\""));
    }

    @Test
    void aSimulationAsJson() {
        Config line = json("simulate", "zb-h2", "--ranks", "4", "--micro-batches", "8", "--json")
                .getFirst();

        assertThat(line.getDouble("makespan")).isEqualTo(27);
        assertThat(line.getDouble("ideal")).isEqualTo(24);
        assertThat(line.getDouble("bubble")).isEqualTo(1 - 24 / 27.0);
        assertThat(line.getDouble("bubble_of_rank_span")).isZero();
        assertThat(line.getDoubleList("peak_activations")).containsExactly(7.0, 7.0, 7.0, 7.0);
        assertThat(line.getDoubleList("per_rank_busy")).containsExactly(24.0, 24.0, 24.0, 24.0);
    }

    /** The first stage is complete at (4 + 1) x 3, last of all, and its exchange comes on top. */
    @Test
    void exchangesOfReplicasAreSimulatedAndDrawn() throws IOException {
        List<String> simulate =
                List.of("simulate", "1f1b", "--ranks", "2", "--micro-batches", "8", "--exchange-cost", "2");
        Config line = Program.json(simulate, "--replicas", "2", "--json").getFirst();
        assertThat(line.getDouble("makespan")).isEqualTo(17);
        assertThat(line.getConfigList("exchanges")).hasSize(4);
        for (String ending : List.of("svg", "json")) {
            Path picture = folder.resolve("exchange." + ending);
            Program.json(simulate, "--replicas", "2", "--out", picture + "", "--json");
            assertThat(Files.readString(picture))
                    .contains(ending.equals("svg") ? "exchange between replicas" : "stage 1 between replicas");
        }
        Program alone = Program.run(simulate.toArray(String[]::new));
        assertThat(alone.status()).isEqualTo(2);
        assertThat(alone.err()).contains("--exchange-cost: 2.0 without replicas (expected: 0, ");
    }

    @Test
    void simulationsArePicturesTracesAndCharts() throws IOException {
        for (String ending : List.of("svg", "png", "json")) {
            Path picture = folder.resolve("timeline." + ending);
            Program program = Program.run(
                    "simulate", "zb-v", "--ranks", "3", "--micro-batches", "6", "--comm", "0.1", "--out", picture + "");
            assertThat(program.status()).as(program.err()).isZero();
            assertThat(Files.size(picture)).isGreaterThan(1000);
        }
        Path chart = folder.resolve("chart.svg");
        Program sweep =
                Program.run("simulate", "gpipe,zb-v", "--ranks", "2", "--micro-batches", "4,8", "--chart", chart + "");
        assertThat(sweep.lines()).hasSize(5);
        assertThat(Files.readString(chart)).contains("zb-v, 2 ranks, 2 chunks");
    }

    /** Replicas side by side: four ranks, a line of two stages that exists twice. */
    @Test
    void aDataParallelCsvScheduleIsPrintedDrawnAndSimulated() throws IOException {
        String csv = file("parallel.csv", """
            0F0,0F2,,0B0,,0B2
            ,1F0,1B0,1F2,1B2,
            0F1,0F3,,0B1,,0B3
            ,1F1,1B1,1F3,1B3,
            """);

        Config printed = json("schedule", csv, "--format", "json").getFirst();
        assertThat(printed.getInt("ranks")).isEqualTo(4);
        assertThat(printed.getInt("chunks")).isEqualTo(1);
        assertThat(printed.getAnyRef("placement")).isEqualTo(List.of(List.of(0), List.of(1), List.of(0), List.of(1)));
        assertThat(Program.run("schedule", csv, "--format", "svg").out()).contains("<svg", "rank 3");
        Config simulated = json("simulate", csv, "--json").getFirst();
        assertThat(simulated.getDouble("makespan")).isEqualTo(9);
        assertThat(simulated.getDoubleList("peak_activations")).containsExactly(2.0, 1.0, 2.0, 1.0);
    }

    @Test
    void aCsvScheduleIsSimulatedAndTrained() throws IOException {
        Program written = Program.run("schedule", "zb-v", "--ranks", "2", "--micro-batches", "4", "--format", "csv");
        String csv = file("own.csv", written.out());
        List<String> train =
                List.of("train", "digits", "--steps", "5", "--json", "-D", "checkpoint.enabled=false", "--batch", "32");
        String layers = "model.layers=[{type=dense,units=8},relu,{type=dense,units=8},relu,{type=dense,units=8},relu,"
                + "{type=dense,units=10}]";

        assertThat(json("simulate", csv, "--json").getFirst().getInt("micro_batches"))
                .isEqualTo(4);
        String own =
                Program.json(train, "-D", layers, "--schedule", csv).getLast().getString("weights_sha256");
        String sequential = Program.json(train, "-D", layers, "--sequential", "--micro-batches", "4")
                .getLast()
                .getString("weights_sha256");
        assertThat(own).isEqualTo(sequential);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0F0,,0B0;,1F0,1I0 | 1I0 has no W | >1I0< HERE",
                "0F0,0B0,0F1,0B1;1F0,1F1,1B0,1B1 | 0B0 can never start | >0B0< HERE",
                "0F0,1F0,0B0;,1B0,1F1,1B1 | stage 1 is not on rank 0 | >1F0< HERE",
                "0F0,0B;1F0,1B0 | action: \"0B\" | >0B< HERE"
            })
    void aCsvThatCannotBeExecutedShowsTheCell(String rows, String why, String cell) throws IOException {
        String csv = file("bad.csv", rows.replace(';', '\n') + "\n");
        for (List<String> words : List.of(
                List.of("schedule", csv),
                List.of("simulate", csv),
                List.of("train", "digits", "--schedule", csv),
                List.of("compare", "digits", "--schedule", csv))) {
            Program program = Program.run(words);

            assertThat(program.status()).isEqualTo(2);
            assertThat(program.err()).startsWith("error: schedule ").contains(why, cell, "rank 1:");
            assertThat(program.err()).doesNotContain("\tat ");
            assertThat(program.out()).isEmpty();
        }
    }

    @Test
    void aComparisonHasBothMakespans() throws IOException {
        Path picture = folder.resolve("compare.png");
        Path costs = folder.resolve("costs.conf");
        Config line = json(
                        "compare",
                        "mlp-mnist",
                        "--schedule",
                        "zb-h1",
                        "--ranks",
                        "2",
                        "--micro-batches",
                        "4",
                        "--steps",
                        "8",
                        "--warmup",
                        "4",
                        "--json",
                        "--out",
                        picture + "",
                        "--save-costs",
                        costs + "")
                .getFirst();

        assertThat(line.getDouble("measured_makespan_ms")).isPositive();
        assertThat(line.getDouble("simulated_makespan_ms")).isPositive();
        assertThat(line.getDoubleList("measured_peak_activations"))
                .isEqualTo(line.getDoubleList("simulated_peak_activations"));
        assertThat(Files.size(picture)).isGreaterThan(1000);
        Config replayed = json(
                        "simulate", "zb-h1", "--ranks", "2", "--micro-batches", "4", "--cost", costs + "", "--json")
                .getFirst();
        // the saved costs are means; what varies around them is simulated by compare alone
        double means = replayed.getDouble("makespan") * 1000;
        assertThat(means)
                .isBetween(
                        line.getDouble("simulated_makespan_ms") * 0.5, line.getDouble("simulated_makespan_ms") * 1.5);
    }

    @Test
    void aTrainedRunLeavesATrace() throws IOException {
        Path trace = folder.resolve("trace.json");
        Program program = Program.run(
                "train",
                "digits",
                "--steps",
                "3",
                "--ranks",
                "2",
                "--micro-batches",
                "2",
                "--batch",
                "32",
                "--trace",
                trace + "",
                "-D",
                "checkpoint.enabled=false",
                "--quiet");

        assertThat(program.status()).as(program.err()).isZero();
        Config parsed = ConfigFactory.parseString(Files.readString(trace));
        // 3 steps of 2 ranks: 2 forwards and 2 backwards each
        assertThat(parsed.getConfigList("traceEvents").stream()
                        .filter(event -> event.getString("ph").equals("X"))
                        .toList())
                .hasSize(3 * 2 * 4);
    }

    @Test
    void schedulesOfTheClassPathAreKnown() {
        assertThat(Program.run("schedules").out()).contains("one-at-a-time: a micro-batch goes there and back");
        assertThat(json("simulate", "one-at-a-time", "--ranks", "3", "--micro-batches", "2", "--json")
                        .getFirst()
                        .getDouble("makespan"))
                .isEqualTo(18);
    }

    /** The order that is found is one that can be simulated, to the length that was told. */
    @Test
    void theShortestOrderIsToldAndWritten() {
        String order = folder.resolve("order.csv").toString();
        String[] asked = {"simulate", "1f1b", "--ranks", "3", "--micro-batches", "3", "--optimal", "--json"};

        Config told = json(Stream.concat(Stream.of(asked), Stream.of("--optimal-order", order))
                        .toArray(String[]::new))
                .getFirst();

        assertThat(told.getDouble("makespan")).isEqualTo(15);
        assertThat(told.getDouble("optimal_makespan")).isEqualTo(11);
        assertThat(told.getDouble("optimal_bound")).isEqualTo(11);
        assertThat(told.getInt("optimal_cap")).isEqualTo(3);
        assertThat(told.getBoolean("optimal_proved")).isTrue();
        assertThat(told.getDouble("gap")).isEqualTo(1 - 11.0 / 15);
        assertThat(json("simulate", order, "--json").getFirst().getDouble("makespan"))
                .isEqualTo(11);
        assertThat(Program.run("simulate", "1f1b,zb-v", "--ranks", "2", "--micro-batches", "3", "--optimal")
                        .out())
                .containsPattern("zb-v +2 +3 +- +\\S+ +- +-");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "schedule nosuch --ranks 2 --micro-batches 2 | schedule: nosuch (expected: one of gpipe, 1f1b",
                "schedule 1f1b --ranks 2 | --micro-batches: nothing (expected: a number",
                "schedule 1f1b --ranks 0 --micro-batches 2 | 1f1b: ranks: 0, chunks: 1, micro-batches: 2 (expected: 1"
                        + " or more",
                "schedule gpipe --ranks 2 --chunks 2 --micro-batches 2 | gpipe: chunks: 2 (expected: 1",
                "schedule nosuch.csv | schedule: nosuch.csv (expected: a CSV file that can be read",
                "simulate 1f1b --ranks 2 --micro-batches 2 --forward -1 | --forward: -1.0 (expected: a number from 0",
                "simulate 1f1b --ranks 2 --micro-batches 2 --jitter 1 | --jitter: 1 (expected: 0 to below 1)",
                "schedule 1f1b --ranks two --micro-batches 2 | Invalid value for option '--ranks'",
                "schedule 1f1b --ranks 100000 --micro-batches 100000 | 1f1b: ranks x chunks x micro-batches:"
                        + " 10000000000",
                "compare digits --save-costs /nosuch/x.conf | file: /nosuch/x.conf, no folder",
                "simulate 1f1b --ranks 2 --micro-batches 2 --cost nosuch.conf | cost file: nosuch.conf (expected: a"
                        + " file that can be read",
                "simulate 1f1b --ranks 2 --micro-batches 2 --out x.gif | picture: x.gif (expected: a file that ends in",
                "simulate 1f1b --ranks 4 --micro-batches 8 --memory-limit 3 | memory: rank 0 holds 4.0 with 0F3",
                "train digits --link latency=fast | link: latency=fast (expected: latency=TIME",
                "train digits --schedule zb-v --stages 3 | stages: 3 (expected: a multiple of 2",
                "train digits --ranks x | pipeline.ranks: x (expected: a whole number)",
                "schedule 1f1b --ranks 4 --micro-batches 8 --recompute 0,9 | --recompute: 0,9 (expected: stages from 0 to 3",
                "simulate 1f1b --ranks 2 --micro-batches 2 --input-memory 2 | --input-memory: 2.0 (expected: a share",
                "simulate 1f1b --ranks 2 --micro-batches 2 --input-memory 0.5 | --input-memory: 0.5 with 1f1b, which"
                        + " recomputes nothing",
                "simulate 1f1b --ranks 2 --micro-batches 2 --optimal 0 | --optimal: 0 (expected: 1 or more actions)",
                "simulate 1f1b --ranks 2 --micro-batches 2 --optimal --jitter 0.1 | --jitter: 0.1 with --optimal",
                "simulate 1f1b --ranks 2 --micro-batches 2 --optimal --optimal-order x.txt | --optimal-order: x.txt"
                        + " (expected: a file that ends in .csv",
                "simulate 1f1b --ranks 2 --micro-batches 2 --optimal-order x.csv | --optimal-order: x.csv without --optimal"
            })
    void badInputIsOneLine(String words, String message) {
        Program program = Program.run(words.split(" ", -1));

        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).startsWith("error: " + message);
        assertThat(program.err().lines().count()).isEqualTo(1);
    }
}
