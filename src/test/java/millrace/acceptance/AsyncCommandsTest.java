package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training without a flush, by the command line: four stages, 16 batches in two epochs. */
class AsyncCommandsTest {
    private static final int BATCHES = 2 * 8;
    private static final int MICRO_BATCHES = 4 * BATCHES;

    @TempDir
    private static Path folder = Path.of("");

    /** {@code train} of the run file, for scripts. */
    private static List<String> train = List.of();

    @BeforeAll
    static void writeTheRunFile() throws IOException {
        Path file = folder.resolve("deep.conf");
        Files.writeString(file, """
                name = deep
                model.layers = [
                  { type = dense, units = 32 }, relu, { type = dense, units = 32 }, relu,
                  { type = dense, units = 32 }, relu, { type = dense, units = 3 }
                ]
                # 120 samples to train with and few to test with, which is what takes long over slow links
                data { set = iris, normalize = standard }
                training { batch = 16, epochs = 2, optimizer { name = sgd, lr = 0.02, momentum = 0.9 } }
                pipeline { schedule = async-1f1b, ranks = 4, micro-batches = 4, accumulate = 1 }
                checkpoint.enabled = false
                """);
        train = List.of("train", file.toString(), "--json");
    }

    private static Config done(List<String> words, String... more) {
        return Program.json(words, more).getLast();
    }

    private static List<String> with(String options) {
        List<String> words = new ArrayList<>(train);
        words.addAll(List.of(options.split(" ", -1)));
        return words;
    }

    @ParameterizedTest
    @CsvSource({
        "--weights stash, 3 2 1 0",
        "--weights stash --accumulate 3, 1 1 1 0",
        "--weights vertical, 3 3 3 3",
        "--weights vertical --accumulate 3, 1 1 1 1",
        "--weights 2bw --accumulate 3, 1 1 1 1",
        "--weights live, 3 2 1 0",
        "--weights live --accumulate 3, 1 1 1 0",
        "--weights predict, 3 2 1 0",
        "--weights predict --accumulate 3, 1 1 1 0",
        "--weights nesterov, 3 2 1 0",
        "--weights nesterov --accumulate 3, 1 1 1 0",
        "--weights stash --allowance 2, 9 6 3 0",
        "--weights stash --optimizer adam --lr 0.003, 3 2 1 0",
        "--weights predict --optimizer adam --lr 0.003, 3 2 1 0",
        "--weights nesterov --optimizer adamw --lr 0.003, 3 2 1 0",
        "--weights stash --correct t1=40, 3 2 1 0",
        "--weights live --correct t2=0.135, 3 2 1 0",
        "--weights live --correct t1=40;t2=0.135;t3=1 --accumulate 2, 2 1 1 0",
        "--weights predict --correct t3=1, 3 2 1 0",
        "--weights vertical --correct dc=0.04, 3 3 3 3",
        "--weights stash --correct dc=0.04 --optimizer adam --lr 0.003 --accumulate 3, 1 1 1 0"
    })
    void weightsAreThoseOfTheSequentialRunWhateverTheLatencies(String options, String mostStale) {
        List<String> run = with(options.replace(';', ','));

        Config stream = done(run, "--link", "jitter=2ms");
        Config sequential = done(run, "--sequential");

        assertThat(stream.getString("weights_sha256")).isEqualTo(sequential.getString("weights_sha256"));
        assertThat(stream.getDouble("test_loss")).isEqualTo(sequential.getDouble("test_loss"));
        assertThat(sequential.hasPath("staleness")).isFalse();
        assertStaleness(stream, mostStale);
    }

    /** A line for each stage: most, mean and histogram of what went into its steps, which is all. */
    private static void assertStaleness(Config stream, String mostStale) {
        List<? extends Config> stages = stream.getConfigList("staleness");
        assertThat(stages).extracting(stage -> stage.getInt("stage")).containsExactly(0, 1, 2, 3);
        assertThat(stages.stream().map(stage -> stage.getString("max"))).containsExactly(mostStale.split(" ", -1));
        for (Config stage : stages) {
            Map<String, Object> histogram = stage.getObject("histogram").unwrapped();
            long count = 0;
            long sum = 0;
            for (Map.Entry<String, Object> column : histogram.entrySet()) {
                int microBatches = (int) column.getValue();
                count += microBatches;
                sum += microBatches * Long.parseLong(column.getKey());
            }
            assertThat(count).isEqualTo(MICRO_BATCHES);
            assertThat(histogram).containsKey(stage.getString("max"));
            assertThat(stage.getDouble("mean")).isEqualTo((double) sum / count);
            assertThat(stage.hasPath("backward_histogram")).isTrue();
            assertThat(stage.getInt("weight_versions")).isPositive();
        }
    }

    @Test
    void whatUsesOtherVersionsHasOtherWeights() {
        List<String> different = List.of(
                "--weights stash",
                "--weights vertical",
                "--weights live",
                "--weights predict",
                "--weights nesterov",
                "--weights 2bw --accumulate 3",
                "--weights stash --accumulate 3",
                "--weights stash --allowance 1",
                "--weights stash --correct t1=40",
                "--weights stash --correct t3=1",
                "--weights stash --correct dc=0.04",
                "--weights live --correct t2=0.135");
        Set<String> digests = new HashSet<>();
        different.forEach(
                options -> digests.add(done(with(options), "--sequential").getString("weights_sha256")));

        assertThat(digests).hasSameSizeAs(different);
    }

    @Test
    void greedyStreamsRunWithinTheirCaps() {
        Config greedy = done(train, "--schedule", "greedy", "--link", "jitter=2ms");

        assertThat(greedy.getLong("steps")).isEqualTo(BATCHES);
        List<? extends Config> stages = greedy.getConfigList("staleness");
        assertThat(stages).hasSize(4);
        for (Config stage : stages) {
            assertThat(stage.getInt("max")).isBetween(0, 3 - stage.getInt("stage"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--schedule greedy --sequential | schedule: greedy without actors (expected: one that does not depend",
                "--schedule greedy --weights predict | weights: predict with a greedy stream (expected: stash or live",
                "--weights old | weights: old (expected: one of stash, vertical, 2bw, live, predict, nesterov)",
                "--weights predict -D training.optimizer.momentum=0 | optimizer: sgd with weights predict (expected: one",
                "--weights nesterov -D training.optimizer.momentum=0 | optimizer: sgd with weights nesterov (expected: sgd",
                "--weights 2bw | accumulate: 1 with weights 2bw (expected: at least 3",
                "--accumulate 0 | stages: 4, accumulate: 0, allowance: 0 (expected: 1 or more",
                "--allowance -1 | stages: 4, accumulate: 1, allowance: -1 (expected: 1 or more",
                "--correct t9=1 | pipeline.correct: t9=1 (expected: t1=STEPS",
                "--correct t1 | pipeline.correct: t1 (expected: t1=STEPS",
                "--correct t2=0.135 | correct: t2 with weights stash (expected: weights live",
                "--correct dc=0.04 --weights live | correct: dc with weights live (expected: weights that keep",
                "--correct t1=5 --schedule 1f1b | pipeline.correct: t1=5 (expected: nothing with 1f1b",
                "--chunks 2 | pipeline.chunks: 2 (expected: 1, a stream has one stage a rank"
            })
    void wrongWordsAreOneLine(String options, String message) {
        Program program = Program.run(with(options));

        assertThat(program.status()).isEqualTo(2);
        assertThat(program.err()).startsWith("error: " + message).hasLineCount(1);
        assertThat(program.out()).isEmpty();
    }

    @Test
    void messagesThatComeTwiceChangeNothing() {
        Config doubled = done(train, "--link", "duplicate=0.3");

        assertThat(doubled.getInt("duplicates")).isGreaterThan(20);
        assertThat(doubled.getString("weights_sha256"))
                .isEqualTo(done(train, "--sequential").getString("weights_sha256"));
    }

    @Test
    void aTraceHasVersionAndStalenessOfEveryAction() throws IOException {
        Path trace = folder.resolve("trace.json");
        var _ = done(train, "--trace", trace.toString());

        List<? extends Config> slices =
                ConfigFactory.parseString(Files.readString(trace)).getConfigList("traceEvents").stream()
                        .filter(event -> event.getString("ph").equals("X"))
                        .map(event -> event.getConfig("args"))
                        .toList();
        // a forward and a backward
        assertThat(slices).hasSize(4 * 2 * MICRO_BATCHES);
        for (int stage = 0; stage < 4; stage++) {
            int at = stage;
            List<? extends Config> own =
                    slices.stream().filter(slice -> slice.getInt("stage") == at).toList();
            assertThat(own.stream().mapToInt(slice -> slice.getInt("staleness")).max())
                    .hasValue(3 - stage);
            assertThat(own.stream()
                            .mapToInt(slice -> slice.getInt("weight_version"))
                            .max())
                    .hasValue(MICRO_BATCHES - 1 - (3 - stage));
        }
    }

    @Test
    void anEstimateOfTheCurvatureWarnsAndChangesNothing() {
        Program warned = Program.run(train, "--estimate-curvature", "--lr", "0.1");
        List<Config> lines =
                warned.lines().stream().map(ConfigFactory::parseString).toList();

        assertThat(warned.status()).as(warned.err()).isZero();
        assertThat(lines.get(0).getString("event")).isEqualTo("start");
        assertThat(lines.get(1).getString("event")).isEqualTo("stability");
        double product = lines.get(1).getDouble("curvature") * 0.1;
        assertThat(lines.get(1).getConfigList("stages"))
                .hasSize(4)
                .allSatisfy(stage ->
                        assertThat(stage.getDouble("lr_times_curvature")).isEqualTo(product));
        assertThat(warned.err())
                .startsWith("warning: stage 0: lr * curvature 0.")
                .hasLineCount(1);
        assertThat(warned.last("weights_sha256"))
                .isEqualTo(done(train, "--lr", "0.1").getString("weights_sha256"));
    }
}
