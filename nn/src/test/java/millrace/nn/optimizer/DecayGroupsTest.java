package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.Kernels;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Weight decay for matrices alone, against PyTorch with two parameter groups. */
class DecayGroupsTest {
    private static final Golden GOLDEN = Golden.read("decay-groups");

    static Stream<Arguments> optimizers() {
        return BothKernels.all()
                .flatMap(kernels -> Stream.of(
                                new Sgd(0.1, 0.9, true, 0.2),
                                new Adam(0.05, 0.9, 0.999, 1e-8, 0.2, false),
                                new Adam(0.05, 0.9, 0.999, 1e-8, 0.2, true),
                                new NAdam(0.05, 0.9, 0.999, 1e-8, 0.2, 4e-3, false),
                                new RmsProp(0.01, 0.99, 1e-8, 0.2, 0),
                                new Adagrad(0.1, 0, 1e-10, 0.2))
                        .map(optimizer -> Arguments.of(kernels, optimizer)));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void biasesAreLeftOutOfIt(Kernels kernels, Optimizer optimizer) {
        UpdatePolicy all = UpdatePolicy.of(optimizer);
        try (Stepper parts = stepped(kernels, all.with(new ParameterGroups(List.of(), false)));
                Stepper whole = stepped(kernels, all)) {
            for (String name : List.of("weight", "bias")) {
                int parameter = name.equals("weight") ? 0 : 1;
                float[] expected = GOLDEN.floats(optimizer.name() + "." + name);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(parts.value(parameter)[i]).isCloseTo(expected[i], within(5e-6f));
                }
            }
            assertThat(parts.value(0)).isEqualTo(whole.value(0));
            assertThat(parts.value(1)).isNotEqualTo(whole.value(1));
        }
    }

    private static Stepper stepped(Kernels kernels, UpdatePolicy policy) {
        Stepper stepper = new Stepper(policy, GOLDEN, "initial.weight", "initial.bias");
        for (int step = 0; step < 10; step++) {
            stepper.step(kernels, List.of("gradients.weight", "gradients.bias"), step);
        }
        return stepper;
    }
}
