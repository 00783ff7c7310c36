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
import millrace.nn.optimizer.ParameterGroup;
import millrace.nn.optimizer.ParameterGroups;
import millrace.nn.optimizer.UpdatePolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerReaderTest {
    private static Optimizer read(String... overrides) {
        return policy(overrides).optimizer();
    }

    private static UpdatePolicy policy(String... overrides) {
        Config empty = RunFile.parse("");
        Config settings = RunFile.resolve(empty, List.of(overrides), Map.of());
        return OptimizerReader.read(new Settings(settings).in("training"), new OptimizerReader.Steps(10, 50), false);
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
    void groupsOfParametersAreTaken() {
        assertThat(policy().groups()).isEqualTo(ParameterGroups.NONE);
        String groups = "training.optimizer.groups=[{match=\"0.*\",lr-factor=0.1},{match=bias,weight-decay=0},"
                + "{match=\"[2-4].*\",frozen=true}]";
        assertThat(policy(groups, "training.optimizer.weight-decay=0.1", "training.optimizer.decay-biases=false")
                        .groups())
                .isEqualTo(new ParameterGroups(
                        List.of(
                                ParameterGroup.of("0.*").withRateFactor(0.1),
                                ParameterGroup.of("bias").withWeightDecay(0),
                                ParameterGroup.of("[2-4].*").withFrozen(true)),
                        false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bias | training.optimizer.groups: bias (expected: a list)",
                "[bias] | training.optimizer.groups: bias (expected: blocks, as in { match = \"0.*\", lr-factor = 0.1 })",
                "[{match=bias,lr=1}] | training.optimizer.groups: lr (expected: one of frozen, lr-factor, match, weight-decay)",
                "[{match=bias,frozen=1}] | training.optimizer.groups.frozen: 1 (expected: true or false)",
                "[{match=bias,lr-factor=few}] | training.optimizer.groups.lr-factor: few (expected: a number)",
                "[{match=bias,lr-factor=0}] | lr factor of parameter group bias: 0.0 (expected: above 0 and finite)"
            })
    void groupsThatCannotBeAreRefused(String groups, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> policy("training.optimizer.groups=" + groups))
                .withMessage(message);
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("training.optimizer.name=adamm"))
                .withMessageContaining("adamm")
                .withMessageContaining("sgd, adam, adamw, nadam, nadamw, rmsprop, adagrad");
    }
}
