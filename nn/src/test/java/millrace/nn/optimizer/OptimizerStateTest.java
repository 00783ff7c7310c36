package millrace.nn.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.ForwardingKernels;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.random.Initializer;
import millrace.nn.stage.LayerRun;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
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

    /** A matrix whose products are put off, with its gradient and its optimizer. */
    private final class Matrix implements AutoCloseable {
        private final Parameter parameter;
        private final OptimizerState state;
        private final LayerRun run;

        Matrix(Optimizer optimizer, int in, int out) {
            Model model = Model.of(Shape.of(in), Layers.dense(out));
            Kernels kernels = KERNELS.preparedFor(new Kernels.Sharing(1, 1));
            run = new LayerRun(model, Partition.whole(model).range(0), 4, 1, 1, kernels);
            state = new OptimizerState(arena, policy(optimizer), run.parameters());
            parameter = run.parameters().getFirst();
        }

        void backward(int step) {
            Random random = new Random(step);
            int in = parameter.shape().dimension(1);
            int out = parameter.shape().dimension(0);
            Tensor input = Tensor.of(arena, Shape.of(4, in), RandomInput.floats(random, 4 * in, 1));
            run.forward(step, input).release();
            Tensor delta = Tensor.of(arena, Shape.of(4, out), RandomInput.floats(random, 4 * out, 1));
            Tensor none = run.backward(step, delta, false);
            assertThat(none).isNull();
        }

        @Override
        public void close() {
            run.close();
        }
    }

    /** Of a large matrix a step makes a block of the gradient and steps it, unless somebody has read the gradient before. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void aStepBlockAfterBlockHasTheBitsOfOneOverTheWholeGradient(Optimizer optimizer) {
        assumeTrue(KERNELS.chooses(), "oneDNN is not there for this platform: no products are put off");
        int in = 2048 + COLUMNS / 2;
        int out = 1025;
        List<Long> elements = new ArrayList<>();
        Kernels counting = new ForwardingCounter(elements);
        try (Matrix blocks = new Matrix(optimizer, in, out);
                Matrix whole = new Matrix(optimizer, in, out)) {
            for (int step = 0; step < 3; step++) {
                blocks.backward(step);
                whole.backward(step);
                elements.clear();
                blocks.state.step(counting);
                assertThat(elements).as("steps of the weight, and of the bias").hasSizeGreaterThan(2);
                elements.clear();
                assertThat(whole.parameter.gradient().byteSize()).isPositive();
                whole.state.step(counting);
                assertThat(elements).containsExactly(whole.parameter.elements(), (long) out);
            }

            for (int i = 0; i < 2; i++) {
                Parameter one = blocks.run.parameters().get(i);
                Parameter other = whole.run.parameters().get(i);
                assertThat(one.value().mismatch(other.value())).as(one.name()).isEqualTo(-1);
                assertThat(one.gradient().mismatch(other.gradient()))
                        .as(one.name())
                        .isEqualTo(-1);
                for (int state = 0; state < optimizer.states().size(); state++) {
                    assertThat(blocks.state.buffer(i, state).mismatch(whole.state.buffer(i, state)))
                            .as("%s, state %d", one.name(), state)
                            .isEqualTo(-1);
                }
            }
        }
    }

    /** Notes how many elements each step is over. */
    private static final class ForwardingCounter extends ForwardingKernels {
        private final List<Long> elements;

        ForwardingCounter(List<Long> elements) {
            super(KERNELS);
            this.elements = elements;
        }

        @Override
        public void update(
                UpdateRule rule,
                GradientShaping shaping,
                MemorySegment weights,
                MemorySegment updated,
                MemorySegment gradients,
                MemorySegment state1,
                MemorySegment state2,
                MemorySegment state3,
                long count) {
            elements.add(count);
            super.update(rule, shaping, weights, updated, gradients, state1, state2, state3, count);
        }
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
