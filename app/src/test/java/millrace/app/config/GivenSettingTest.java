package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.app.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code -D key=value}: the last counts, a value is a value, a whole number is one. */
class GivenSettingTest {
    private static final String PLAIN = "aZ09 ._-+*/\\#:=,;!?@$%&|'\"<>()[]{}~^`äß漢\t";

    private static Config resolved(String... overrides) {
        // of a table, whose settings the tests give
        List<String> all =
                Stream.concat(Stream.of("data.set=csv"), Stream.of(overrides)).toList();
        return RunFile.resolve("digits", all, Map.of());
    }

    /** Saved with a run and read again, as resume and evaluate do. */
    private static Config saved(Config config) {
        return RunFile.resolve(RunFile.parse(RunFile.render(config)), List.of(), Map.of());
    }

    @Test
    void ofTwoTheLastCounts() {
        Config config = resolved("training.batch=4", "training.seed=7", "training.batch=24");

        assertThat(config.getInt("training.batch")).isEqualTo(24);
        assertThat(config.getInt("training.seed")).isEqualTo(7);
        assertThat(resolved("training.optimizer={name=sgd,lr=1}", "training.optimizer.lr=2")
                        .getConfig("training.optimizer")
                        .getDouble("lr"))
                .isEqualTo(2);
        assertThat(resolved("pipeline.link=latency=1ms", "pipeline.link=null").hasPath("pipeline.link"))
                .isFalse();
    }

    /** However often and in whatever order keys are given: each has the value that was given for it last. */
    @Test
    void ofManyTheLastCounts() {
        List<String> keys = List.of("training.batch", "training.epochs", "training.seed", "checkpoint.keep");
        for (long seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            Map<String, Integer> last = new HashMap<>();
            List<String> given = new ArrayList<>();
            for (int i = 2 + random.nextInt(8); i > 0; i--) {
                String key = keys.get(random.nextInt(keys.size()));
                int value = 1 + random.nextInt(100);
                last.put(key, value);
                String block = key.substring(0, key.indexOf('.'));
                given.add(
                        random.nextInt(3) == 0
                                ? block + "={ " + key.substring(key.indexOf('.') + 1) + " = " + value + " }"
                                : key + "=" + value);
            }

            Config config = resolved(given.toArray(String[]::new));

            for (Map.Entry<String, Integer> entry : last.entrySet()) {
                assertThat(config.getInt(entry.getKey()))
                        .as("seed %d, %s: %s", seed, given, entry.getKey())
                        .isEqualTo(entry.getValue());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "training.optimizer.lr, 1d, a number",
        "training.optimizer.lr, 0.5f, a number",
        "training.optimizer.lr, 0x1p-3, a number",
        "training.label-smoothing, 1D, a number",
        "'training.class-weights', '[1,2,3f]', a number",
        "checkpoint.interval, 5, 'auto, or a time, as 5s or 200ms'",
        "checkpoint.interval, 0.5, 'auto, or a time, as 5s or 200ms'",
        "checkpoint.interval, '[5s]', 'auto, or a time, as 5s or 200ms'"
    })
    void whatOnlyALanguageTakesForANumberOrATimeIsRefused(String key, String value, String expected) {
        Program.run("train digits -D " + key + "=" + value).assertRefused(" (expected: " + expected + ")");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "d.csv#2",
                "my runs #1",
                "a//b",
                "https://example.org/a#b",
                "C:\\runs\\new",
                "a: b",
                "a  b",
                "latency=2ms,jitter=1ms",
                "007",
                "${x}",
                "{a}",
                "[a",
                "\"a\" b",
                "8 # of them",
                "true // or not",
                ""
            })
    void aValueIsWhatStandsThere(String value) {
        Config config = resolved("data.csv.file=" + value);

        assertThat(config.getString("data.csv.file")).isEqualTo(value);
        assertThat(saved(config).getString("data.csv.file")).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "8|8",
                "-1.5e-3|-0.0015",
                "true|true",
                "null|null",
                "\"a # b\"|\"a # b\"",
                "\"null\"|\"null\"",
                "[a, b]|[\"a\",\"b\"]",
                "[]|[]",
                "[1,\"2,3\",[4]]|[1,\"2,3\",[4]]",
                "[a#b, c//d]|[\"a#b\",\"c//d\"]",
                "[\"x \\\"# y\", z#]|[\"x \\\"# y\",\"z#\"]",
                "[{type=dense,units=2}, relu]|[{\"type\":\"dense\",\"units\":2},\"relu\"]",
                "{ file = a#b, drop: [c] }|{\"drop\":[\"c\"],\"file\":\"a#b\"}"
            })
    void listsBlocksQuotesNumbersAndTruthsAreReadAsInAFile(String value, String json) {
        assertThat(Objects.requireNonNull(GivenSetting.parse("a.b=" + value)
                                .root()
                                .toConfig()
                                .getObject("a")
                                .get("b"))
                        .render(ConfigRenderOptions.concise()))
                .isEqualTo(json);
    }

    @Test
    void randomValuesArriveAsTheyAre() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            String middle = random.ints(random.nextInt(20), 0, PLAIN.length())
                    .mapToObj(i -> PLAIN.substring(i, i + 1))
                    .collect(Collectors.joining());
            // begins with a letter and does not end with a blank: no literal, and nothing to strip
            String value = "p" + middle + "/q";

            Config config = resolved("data.csv.file=" + value);

            assertThat(config.getString("data.csv.file")).as("seed %d", seed).isEqualTo(value);
            assertThat(saved(config).getString("data.csv.file"))
                    .as("seed %d, saved", seed)
                    .isEqualTo(value);
        }
    }

    /** Any texts in a list, in quotes as JSON has them. */
    @Test
    void randomListsArriveAsTheyAre() {
        for (long seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            List<String> texts = new ArrayList<>();
            IntStream.range(0, random.nextInt(5))
                    .forEach(_ -> texts.add(random.ints(random.nextInt(8), 0, PLAIN.length())
                            .mapToObj(i -> PLAIN.substring(i, i + 1))
                            .collect(Collectors.joining())));
            String list = texts.stream()
                    .map(text -> "\""
                            + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t") + "\"")
                    .collect(Collectors.joining(",", "[", "]"));

            assertThat(resolved("data.csv.drop=" + list).getStringList("data.csv.drop"))
                    .as("seed %d, %s", seed, list)
                    .isEqualTo(texts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "=8", "a b{=1"})
    void whatIsNoSettingIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> resolved(text))
                .withMessage("-D " + text + " (expected: key=value, as in -D training.batch=32)");
    }

    @ParameterizedTest
    @CsvSource({
        "training.batch, 8.5",
        "training.batch, 1e30",
        "training.batch, 2147483648",
        "training.batch, 1e-999999999",
        "training.batch, 1e999999999",
        "training.batch, eight",
        "training.batch, true",
        "training.epochs, 0.9",
        "training.steps, 9223372036854775808",
        "training.steps, 1e30",
        "training.seed, 1.5",
        "training.log-every, 1.5",
        "logs.every, 2.5",
        "checkpoint.keep, 2.5",
        "pipeline.micro-batches, 1.5",
        "pipeline.ranks, 1.5",
        "pipeline.compute-threads, 1.5",
        "'model.input', '[64.5]'",
        "'pipeline.recompute', '[0.5]'",
        "'model.layers', '[{type=dense,units=10.5}]'"
    })
    void whatIsNoWholeNumberIsRefusedEverywhere(String key, String value) {
        Program program = Program.run("train digits -D logs.formats=[csv] -D " + key + "=" + value);

        program.assertRefused(" (expected: a ");
        assertThat(program.err())
                .contains(
                        "whole number", key.substring(key.lastIndexOf('.') + 1).replace("layers", "units"));
    }

    @Test
    void wholeNumbersMayBeWrittenInOtherWays() {
        for (String text : List.of("32", "32.0", "3.2e1", "\"32\"", "0032", "+32")) {
            Config config = resolved("training.batch=" + text, "training.steps=" + text);

            assertThat(new Settings(config).in("training").integer("batch"))
                    .as(text)
                    .isEqualTo(32);
            assertThat(new Settings(config).in("training").longInteger("steps"))
                    .as(text)
                    .isEqualTo(32);
        }
        // what a double cannot hold
        assertThat(new Settings(resolved("training.seed=9007199254740993"))
                        .in("training")
                        .longInteger("seed"))
                .isEqualTo(9007199254740993L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "NaN", "-Infinity"})
    void aNumberIsFinite(String value) {
        Program.run("train digits -D training.optimizer.lr=" + value)
                .assertRefused("training.optimizer.lr: " + Double.parseDouble(value) + " (expected: a finite number)");
    }

    /** A number with a fraction is never taken for a whole one, a whole one always for itself, however it is written. */
    @Test
    void randomNumbers() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            long whole = random.nextLong() >> random.nextInt(63);
            String text = switch (random.nextInt(3)) {
                case 0 -> "" + whole;
                case 1 -> whole + ".000";
                default -> whole + "0e-1";
            };
            String fraction = whole + "." + (random.nextInt(999) + 1);
            Settings settings =
                    new Settings(resolved("training.seed=" + text, "training.steps=" + fraction)).in("training");

            assertThat(settings.longInteger("seed")).as("seed %d", seed).isEqualTo(whole);
            assertThatIllegalArgumentException()
                    .as("seed %d, %s", seed, fraction)
                    .isThrownBy(() -> settings.longInteger("steps"))
                    .withMessageContaining("training.steps: " + fraction + " (expected: a whole number");
        }
    }
}
