package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import millrace.nn.backend.Backend;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;

class AsyncNesterovTest {
    private static final int DELAY = 3;
    private static final double CURVATURE = 0.7;

    /** The paper's two lines, in double: {@code d = gamma (w - w_before); w' = w + d - rate (1 - gamma) g(late w + d)}. */
    @Test
    void stepsAreThoseOfThePaper() {
        double rate = 0.2;
        double gamma = 0.9;
        double before = 1;
        double w = 1;
        Deque<Double> looked = new ArrayDeque<>();
        try (Arena arena = Arena.ofConfined()) {
            ParameterSpec spec = new ParameterSpec("weight", Shape.of(1, 1), Initializer.ZEROS, 1, 1);
            Parameter held = new Parameter(arena, 0, 0, spec, 1);
            held.value().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
            Optimizer optimizer = AsyncNesterov.of(new Sgd(rate, gamma));
            OptimizerState state = new OptimizerState(arena, UpdatePolicy.of(optimizer), List.of(held));
            for (int t = 0; t < 60; t++) {
                double d = gamma * (w - before);
                assertThat(held.value().getAtIndex(ValueLayout.JAVA_FLOAT, 0))
                        .as("look-ahead of step %d", t)
                        .isCloseTo((float) (w + d), within(1e-5f));
                looked.add(w + d);
                double late = looked.size() > DELAY ? looked.remove() : looked.getFirst();
                before = w;
                w = w + d - rate * (1 - gamma) * CURVATURE * late;
                held.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 0, (float) (CURVATURE * late));
                state.step(Backend.fast().float32());
            }
        }
        assertThat(Math.abs(w)).isLessThan(1);
    }

    @Test
    void adamBecomesNAdamAndOthersAreRefused() {
        assertThat(AsyncNesterov.of(new Adam(1e-3))).isEqualTo(new NAdam(1e-3));
        assertThat(AsyncNesterov.of(Adam.adamW(1e-3)).name()).isEqualTo("nadamw");
        assertThat(AsyncNesterov.of(new NAdam(1e-3))).isEqualTo(new NAdam(1e-3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AsyncNesterov.of(new Sgd(0.1)))
                .withMessageStartingWith("optimizer: sgd with weights nesterov (expected: sgd with momentum");
        assertThatIllegalArgumentException().isThrownBy(() -> AsyncNesterov.of(new Adagrad(0.1, 0, 1e-10, 0)));
    }
}
