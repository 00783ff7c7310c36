package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.nn.optimizer.Adagrad;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerReaderTest {
    private static Optimizer read(String... overrides) {
        Config empty = RunFile.parse("");
        Config settings = RunFile.resolve(empty, List.of(overrides), Map.of());
        return OptimizerReader.read(
                        new Settings(settings.getConfig("training")), new OptimizerReader.Steps(10, 50), false)
                .optimizer();
    }

    static Stream<Optimizer> optimizers() {
        return Stream.of(
                new Sgd(1e-3),
                new Adam(1e-3),
                Adam.adamW(1e-3),
                new NAdam(2e-3),
                NAdam.nAdamW(2e-3),
                new RmsProp(1e-2),
                new Adagrad(1e-2));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void defaultsArePyTorchs(Optimizer optimizer) {
        assertThat(read("training.optimizer.name=" + optimizer.name())).isEqualTo(optimizer);
    }

    @Test
    void nadamTakesAllItsNumbers() {
        String block = "training.optimizer={name=nadamw,lr=0.1,beta1=0.99,beta2=0.98,epsilon=1e-6,weight-decay=0.2,"
                + "momentum-decay=0.5}";

        assertThat(read(block)).isEqualTo(new NAdam(0.1, 0.99, 0.98, 1e-6, 0.2, 0.5, true));
    }

    @Test
    void switchesOfPyTorchAreTaken() {
        assertThat(read("training.optimizer={name=sgd,lr=0.1,momentum=0.9,dampening=0.25}"))
                .isEqualTo(new Sgd(0.1, 0.9, false, 0, 0.25));
        assertThat(read("training.optimizer={name=adamw,lr=0.1,amsgrad=true}"))
                .isEqualTo(new Adam(0.1, 0.9, 0.999, 1e-8, 0.01, true, true));
        assertThat(read("training.optimizer={name=rmsprop,centred=true}"))
                .isEqualTo(new RmsProp(1e-2, 0.99, 1e-8, 0, 0, true));
        assertThat(read("training.optimizer={name=adagrad,initial-accumulator=0.5}"))
                .isEqualTo(new Adagrad(1e-2, 0, 1e-10, 0, 0.5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("training.optimizer={name=sgd,dampening=0.25}"))
                .withMessage("dampening: 0.25 (expected: 0 without momentum); it dampens a plain momentum");
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("training.optimizer.name=adamm"))
                .withMessageContaining("adamm")
                .withMessageContaining("sgd, adam, adamw, nadam, nadamw, rmsprop, adagrad");
    }
}
