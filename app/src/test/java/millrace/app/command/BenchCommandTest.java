package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.stream.Stream;
import millrace.app.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {
    private static final List<String> PARTS = List.of(
            "forward_ms", "backward_input_ms", "backward_weight_ms", "optimizer_step_ms", "exchange_ms", "wait_ms");

    /** Images, values, texts: whatever a preset takes is in memory. */
    @ParameterizedTest
    @CsvSource({"cnn", "mlp-mnist", "lstm-char", "gpt-tiny"})
    void everyKindOfPresetIsMeasured(String preset) {
        Program measured = Program.done("bench " + preset + " --warmup 1 --steps 2 --batch 8 --stages 2");

        Config line = ConfigFactory.parseString(measured.out().getLast());
        assertThat(line.getString("model")).isEqualTo(preset);
        assertThat(line.getInt("steps")).isEqualTo(2);
        assertThat(line.getDouble("samples_per_s")).isPositive();
    }

    /** With a flush or without; the figures say the same in different ways. */
    @ParameterizedTest
    @ValueSource(strings = {"--ranks 2 --schedule 1f1b", "--ranks 2 --schedule async-1f1b"})
    void theTimeOfEachRankAddsUp(String order) {
        Config line =
                Program.done("bench mlp-mnist --warmup 5 --steps 40 " + order).event("bench");

        double step = 0;
        assertThat(line.getConfigList("ranks")).hasSize(2);
        for (Config rank : line.getConfigList("ranks")) {
            assertThat(rank.getIntList("stages")).containsExactly(rank.getInt("rank"));
            assertThat(PARTS.stream().mapToDouble(rank::getDouble).sum())
                    .isCloseTo(rank.getDouble("step_ms"), within(PARTS.size() * 1e-4));
            step = Math.max(step, rank.getDouble("step_ms"));
        }
        double samples = line.getDouble("samples_per_s");
        assertThat(samples).isCloseTo(line.getInt("batch") / step * 1e3, within(0.01 * samples));
        // 784-256-10: 2 x (2 x 200,704 + 3 x 2,560) operations
        assertThat(line.getDouble("gflops")).isCloseTo(samples * 818_176 / 1e9, within(0.01));
        assertThat(line.getDouble("peak_share"))
                .isCloseTo(samples * 818_176 / 1e9 / line.getDouble("peak_gflops"), within(1e-3));
        assertThat(line.getInt("threads"))
                .isEqualTo(Math.min(2, Runtime.getRuntime().availableProcessors()));
        // bursts of events would have it near 0
        assertThat(line.getDouble("step_ms_median")).isBetween(step / 100, 10 * step);
    }

    @Test
    void withoutActorsThereAreNoRanks() {
        Config line =
                Program.done("bench digits --warmup 2 --steps 5 --sequential").event("bench");

        assertThat(line.getConfigList("ranks")).isEmpty();
        assertThat(line.getInt("threads")).isEqualTo(1);
        assertThat(line.getDouble("gflops")).isPositive();
        assertThat(line.getDouble("step_ms_median")).isPositive();
    }

    @Test
    void inWordsThereIsATable() {
        Program measured = Program.run("bench digits --warmup 2 --steps 5 --ranks 2 --micro-batches 4");

        assertThat(measured.status()).as(measured.err()).isZero();
        assertThat(measured.out()).hasSize(6);
        assertThat(measured.out().getFirst())
                .isEqualTo("digits, 1f1b on 2 ranks, batches of 32 in 4 micro-batches, 5 steps:");
        assertThat(measured.out().get(1))
                .matches(
                        "[0-9,]+ samples/s, [0-9.]+ ms a step, [0-9.]+ GFLOP/s, [0-9.]+ % of the peak of [12] x [0-9.]+"
                                + " GFLOP/s \\(float32\\)");
        assertThat(Stream.of(measured.out().get(3).split(" {2,}")))
                .containsExactly(
                        "ms a step",
                        "stages",
                        "forward",
                        "backward-input",
                        "backward-weight",
                        "step",
                        "exchange",
                        "wait",
                        "all");
        assertThat(measured.out().get(4)).startsWith("rank 0").contains("%)");
        assertThat(measured.out().get(5)).startsWith("rank 1").contains("%)");
    }
}
