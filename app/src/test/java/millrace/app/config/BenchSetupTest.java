package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;
import millrace.actors.plan.RunPlan;
import millrace.actors.plan.Start;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchSetupTest {
    /** Images of another size than MNIST's, two classes with one output, and values. */
    @ParameterizedTest
    @ValueSource(strings = {"digits", "binary", "linreg", "tiny-mlp"})
    void theNetworkIsThatOfTheRun(String preset) {
        Config asked = RunFile.resolve(preset, List.of(), Map.of());
        RunPlan run = RunSetup.of(asked).plan(Start.FRESH);

        RunPlan measured = BenchSetup.of(asked, 3).plan(Start.FRESH);

        assertThat(measured.spec().model().layers())
                .isEqualTo(run.spec().model().layers());
        assertThat(measured.spec().model().inputShape())
                .isEqualTo(run.spec().model().inputShape());
        assertThat(measured.lastStep()).isEqualTo(3);
    }
}
