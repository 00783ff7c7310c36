package millrace.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
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
    // a set without a test set: evaluating one takes much longer than two steps
    private static final List<String> RUN = List.of(
            "train",
            "mlp-mnist-8",
            "--steps",
            "2",
            "--micro-batches",
            "8",
            "--json",
            "-D",
            "checkpoint.enabled=false",
            "-D",
            "data.set=random",
            "-D",
            "data.random.samples=512");

    private static String sequential = "";
    // with two replicas of the line gradients are added up in two sums
    private static String replicas = "";

    static Stream<Arguments> all() {
        return Schedules.all().stream()
                .map(Generator::name)
                .flatMap(name -> Stream.of("2", "4").map(ranks -> Arguments.of(name, ranks)));
    }

    @BeforeAll
    static void trainWithoutAPipeline() {
        sequential = Program.json(RUN, "--sequential").getLast().getString("weights_sha256");
        replicas = Program.json(RUN, "--sequential", "--schedule", "chimera", "--ranks", "2")
                .getLast()
                .getString("weights_sha256");
    }

    @ParameterizedTest
    @MethodSource("all")
    void weightsAreThoseOfTheSequentialRunAndPeaksThoseOfTheSimulation(String name, String ranks) {
        // the network has eight layers with weights
        int most = 8 / Integer.parseInt(ranks);
        String chunks = "" + Math.min(Schedules.named(name).defaultChunks(), most);
        Config trained = Program.json(
                        RUN, "--schedule", name, "--ranks", ranks, "--chunks", chunks, "--link", "jitter=2ms")
                .getLast();
        Config simulated = Program.json(
                        List.of("simulate", name),
                        "--ranks",
                        ranks,
                        "--chunks",
                        chunks,
                        "--micro-batches",
                        "8",
                        "--json")
                .getLast();

        assertThat(trained.getString("weights_sha256"))
                .isEqualTo(Schedules.named(name).replicas() > 1 ? replicas : sequential);
        assertThat(trained.getDoubleList("peak_activations")).isEqualTo(simulated.getDoubleList("peak_activations"));
    }
}
