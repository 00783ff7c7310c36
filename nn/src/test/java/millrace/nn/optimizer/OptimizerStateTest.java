package millrace.nn.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerStateTest {
    private static final Kernels KERNELS = Backend.fast().float32();
    private static final int COLUMNS = 256;
    /** Rows of 256 columns are 272 elements apart. */
    private static final int STRIDE = 272;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<Optimizer> optimizers() {
        return Stream.of(
                new Sgd(0.1, 0, false, 0.1),
                new Sgd(0.1, 0.9, true, 0.1),
                new Adam(0.01),
                Adam.adamW(0.01),
                NAdam.nAdamW(0.01),
                new RmsProp(0.01, 0.9, 1e-8, 0.1, 0.9),
                new Adagrad(0.01, 0.1, 1e-10, 0.1));
    }

    private Parameter parameter() {
        ParameterSpec spec = new ParameterSpec("weight", Shape.of(2, COLUMNS), Initializer.KAIMING_NORMAL, COLUMNS, 2);
        return new Parameter(arena, 0, 0, spec, 1);
    }

    private static UpdatePolicy policy(Optimizer optimizer) {
        return new UpdatePolicy(
                optimizer, new LearningRate.Exponential(0.9), 1, new GradientShaping(0.01f, 0.01f, 0.5f));
    }

    /** Gradients of one step, the same for the same step. */
    private void step(OptimizerState state, Parameter parameter, int step) {
        float[] values = RandomInput.floats(new Random(step), 2 * COLUMNS, 1);
        parameter.unpack(RandomInput.memory(arena, values), parameter.gradient());
        state.step(KERNELS);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void thePaddingOfRowsStaysZero(Optimizer optimizer) {
        Parameter parameter = parameter();
        OptimizerState state = new OptimizerState(arena, policy(optimizer), List.of(parameter));
        for (int step = 0; step < 5; step++) {
            step(state, parameter, step);
        }

        assertPaddingZero(parameter.value());
        for (int i = 0; i < optimizer.states().size(); i++) {
            assertPaddingZero(state.buffer(0, i));
            assertThat(state.buffer(0, i).getAtIndex(JAVA_FLOAT, 0)).isNotZero();
        }
    }

    private static void assertPaddingZero(MemorySegment memory) {
        assertThat(IntStream.range(0, 2 * STRIDE)
                        .filter(i -> i % STRIDE >= COLUMNS)
                        .mapToObj(i -> memory.getAtIndex(JAVA_FLOAT, i)))
                .hasSize(2 * (STRIDE - COLUMNS))
                .containsOnly(0f);
    }

    /** As a checkpoint does: weights, buffers and the number of steps are all there is. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void aResumedStateStepsAsTheUndisturbedOne(Optimizer optimizer) {
        Parameter parameter = parameter();
        OptimizerState state = new OptimizerState(arena, policy(optimizer), List.of(parameter));
        for (int step = 0; step < 4; step++) {
            step(state, parameter, step);
        }
        Parameter other = parameter();
        OptimizerState resumed = new OptimizerState(arena, policy(optimizer), List.of(other));
        other.value().copyFrom(parameter.value());
        for (int i = 0; i < optimizer.states().size(); i++) {
            resumed.buffer(0, i).copyFrom(state.buffer(0, i));
        }
        resumed.resumeAt(state.steps());
        for (int step = 4; step < 7; step++) {
            step(state, parameter, step);
            step(resumed, other, step);
        }

        assertThat(resumed.steps()).isEqualTo(7);
        assertThat(other.value().toArray(JAVA_FLOAT))
                .containsExactly(parameter.value().toArray(JAVA_FLOAT));
    }

    @Test
    void theScheduleSetsTheRateOfEachStep() {
        Parameter parameter =
                new Parameter(arena, 0, 0, new ParameterSpec("w", Shape.of(1), Initializer.ZEROS, 1, 1), 1);
        UpdatePolicy policy =
                new UpdatePolicy(new Sgd(0.5), new LearningRate.Exponential(0.5), 2, GradientShaping.NONE);
        OptimizerState state = new OptimizerState(arena, policy, List.of(parameter));
        parameter.gradient().setAtIndex(JAVA_FLOAT, 0, 1);
        float[] weights = new float[5];
        for (int i = 0; i < 5; i++) {
            state.step(KERNELS);
            weights[i] = parameter.value().getAtIndex(JAVA_FLOAT, 0);
        }

        // two steps with each of the rates 0.5, 0.25, 0.125
        assertThat(weights).containsExactly(-0.5f, -1, -1.25f, -1.5f, -1.625f);
    }
}
