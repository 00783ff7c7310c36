package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.stream.Stream;
import millrace.schedule.Generator;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The defining test for every known schedule, by the command line, while messages overtake each other. */
class EveryScheduleTest {
    private static final List<String> RUN = List.of(
            "train", "mlp-deep", "--steps", "2", "--micro-batches", "8", "--json", "-D", "checkpoint.enabled=false");

    private static String sequential = "";

    static Stream<Arguments> all() {
        return Schedules.all().stream()
                .map(Generator::name)
                .flatMap(name -> Stream.of("2", "4").map(ranks -> Arguments.of(name, ranks)));
    }

    private static Config last(String... arguments) {
        Program program = Program.run(arguments);
        assertThat(program.status()).as(program.err()).isZero();
        return ConfigFactory.parseString(program.lines().getLast());
    }

    private static String[] run(String... more) {
        return Stream.concat(RUN.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @BeforeAll
    static void trainWithoutAPipeline() {
        sequential = last(run("--sequential")).getString("weights_sha256");
    }

    @ParameterizedTest
    @MethodSource("all")
    void weightsAreThoseOfTheSequentialRunAndPeaksThoseOfTheSimulation(String name, String ranks) {
        Config trained = last(run("--schedule", name, "--ranks", ranks, "--link", "jitter=5ms"));
        Config simulated = last("simulate", name, "--ranks", ranks, "--micro-batches", "8", "--json");

        assertThat(trained.getString("weights_sha256")).isEqualTo(sequential);
        assertThat(trained.getDoubleList("peak_activations")).isEqualTo(simulated.getDoubleList("peak_activations"));
    }
}
