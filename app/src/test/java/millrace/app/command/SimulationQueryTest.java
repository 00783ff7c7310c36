package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.HashMap;
import java.util.Map;
import millrace.app.Program;
import millrace.schedule.InvalidScheduleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the page's playground is answered. */
class SimulationQueryTest {
    private static final SimulationQuery QUERY = new SimulationQuery();

    private static Config asked(Map<String, String> query) {
        return ConfigFactory.parseString(QUERY.simulated(query).toString());
    }

    @ParameterizedTest
    @CsvSource({"1f1b", "zb-v", "chimera", "hanayo"})
    void theSameNumbersAsTheCommand(String name) {
        Config page = asked(Map.of("schedule", name, "ranks", "4", "micro-batches", "8", "comm", "0.25"));
        Config command = Program.events(
                        Program.done("simulate " + name + " --ranks 4 --micro-batches 8 --comm 0.25")
                                .out(),
                        "simulation")
                .getFirst();

        for (String key :
                new String[] {"makespan", "bubble", "ideal", "peak_memory", "per_rank_busy", "peak_activations"}) {
            assertThat(page.getAnyRef(key)).as(key).isEqualTo(command.getAnyRef(key));
        }
        assertThat(page.getConfigList("spans")).isNotEmpty();
    }

    @Test
    void anOrderIsSimulatedAsItsScheduleIs() {
        Map<String, String> query = Map.of("schedule", "zb-h1", "ranks", "3", "micro-batches", "6");
        Config made = asked(query);

        Config byHand = asked(Map.of("order", made.getString("csv")));

        assertThat(byHand.getDouble("makespan")).isEqualTo(made.getDouble("makespan"));
        assertThat(byHand.getAnyRefList("bubbles")).isEqualTo(made.getAnyRefList("bubbles"));
    }

    @Test
    void aMissingActionNamesItsCell() {
        Map<String, String> order = Map.of("order", "0F0,0I0\n1F0,1I0,1W0\n");

        InvalidScheduleException wrong =
                catchThrowableOfType(InvalidScheduleException.class, () -> QUERY.simulated(order));

        assertThat(wrong.rank()).isZero();
        assertThat(wrong.why()).contains("W");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "schedule | /etc/passwd.csv",
                "schedule | @/etc/passwd",
                "schedule | 1f1b,gpipe",
                "ranks | @/etc/passwd",
                "ranks | 1,2",
                "ranks | -1",
                "micro-batches | 1000000",
                "cost | /etc/passwd",
                "out | /tmp/x.svg",
                "forward | nan"
            })
    void whatTheCommandWouldDoWithFilesIsRefused(String key, String value) {
        Map<String, String> query = new HashMap<>(Map.of("schedule", "1f1b", "ranks", "2", "micro-batches", "4"));
        query.put(key, value);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> QUERY.simulated(query))
                .withMessageNotContaining("root:");
    }
}
