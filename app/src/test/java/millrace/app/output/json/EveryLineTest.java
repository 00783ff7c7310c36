package millrace.app.output.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import millrace.app.Program;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every line of JSON says what it is about, so that a script can read the lines of any command. */
class EveryLineTest {
    @ParameterizedTest
    @CsvSource({
        "presets, preset",
        "layers, layer",
        "schedules, schedule",
        "summary digits, layer",
        "schedule 1f1b --ranks 2 --micro-batches 4, schedule",
        "simulate 1f1b --ranks 2 --micro-batches 4, simulation",
        "bench digits --steps 2 --warmup 1, bench"
    })
    void beginsWithItsEvent(String words, String event) {
        assertThat(Program.done(words).out())
                .isNotEmpty()
                .allMatch(line -> line.startsWith("{\"event\":\""))
                .allSatisfy(line -> assertThat(ConfigFactory.parseString(line).getString("event"))
                        .isEqualTo(event));
    }
}
