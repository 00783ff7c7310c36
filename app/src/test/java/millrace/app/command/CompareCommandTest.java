package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.List;
import millrace.app.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
    private static final String DIGITS = "compare digits --schedule 1f1b,nonsense --ranks 2 --steps 2 --warmup 1 ";

    @TempDir
    private Path folder = Path.of("");

    /** What cannot be run is told once and the others are measured. */
    @Test
    void repeatsTellMeansAndSpreads() {
        Path chart = folder.resolve("chart.svg");
        Program compared = Program.done(DIGITS + "--repeats 3 --chart " + chart);

        List<Config> runs = Program.events(compared.out(), "compare");
        assertThat(runs).extracting(run -> run.getInt("repeat")).containsExactly(1, 2, 3);
        assertThat(Program.events(compared.out(), "error")).hasSize(1);
        double[] speeds =
                runs.stream().mapToDouble(run -> run.getDouble("samples_per_s")).toArray();
        double middle = (speeds[0] + speeds[1] + speeds[2]) / 3;
        double squares = 0;
        for (double speed : speeds) {
            squares += (speed - middle) * (speed - middle);
        }
        Config mean = compared.event("mean");
        assertThat(mean.getInt("n")).isEqualTo(3);
        // the runs' own numbers have one decimal
        assertThat(mean.getDouble("samples_per_s")).isCloseTo(middle, within(0.1));
        assertThat(mean.getDouble("samples_per_s_sd")).isCloseTo(Math.sqrt(squares / 2), within(0.2));
        assertThat(chart).content().contains("(mean +- standard deviation, n = 3 runs)", "stroke-width=\"1.4\"");
    }

    @Test
    void theTableSaysWhatItsSpreadsAre() {
        Program compared = Program.run("compare digits --ranks 2 --steps 2 --warmup 1 --repeats 2");

        assertThat(compared.status()).as(compared.err()).isZero();
        assertThat(compared.out().get(1)).contains(" +- ");
        assertThat(compared.out().get(2)).isEqualTo("mean +- standard deviation, n = 2 runs");
    }

    @Test
    void repeatsAreCounted() {
        Program.run("compare digits --repeats 0").assertRefused("--repeats: 0 (expected: 1 or more)");
    }
}
