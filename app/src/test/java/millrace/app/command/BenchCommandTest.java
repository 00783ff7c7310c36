package millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import millrace.app.Program;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
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
}
