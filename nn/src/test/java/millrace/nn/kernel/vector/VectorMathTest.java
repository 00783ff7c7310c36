package millrace.nn.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accuracy over wide ranges, measured against doubles from StrictMath. */
class VectorMathTest {
    private static final int POINTS = 40_000;
    private static final Activation LEAKY = Activation.leakyRelu(0.01f);

    private static float lane(UnaryOperator<FloatVector> f, float x) {
        return f.apply(FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, x)).lane(0);
    }

    /** The largest of |f(x) - g(x)| / weight(g(x)) at evenly spaced points. */
    private static double worst(
            UnaryOperator<FloatVector> f, DoubleUnaryOperator g, DoubleUnaryOperator weight, double from, double to) {
        double worst = 0;
        int lanes = FloatVector.SPECIES_PREFERRED.length();
        float[] x = new float[lanes];
        for (int i = 0; i < POINTS; i += lanes) {
            for (int l = 0; l < lanes; l++) {
                x[l] = (float) (from + (to - from) * (i + l) / (POINTS + lanes - 1));
            }
            FloatVector y = f.apply(FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, 0));
            for (int l = 0; l < lanes; l++) {
                double exact = g.applyAsDouble(x[l]);
                worst = Math.max(worst, Math.abs(y.lane(l) - exact) / weight.applyAsDouble(exact));
            }
        }
        return worst;
    }

    private static double relativeError(UnaryOperator<FloatVector> f, DoubleUnaryOperator g, double from, double to) {
        return worst(f, g, y -> Math.max(Math.abs(y), Float.MIN_NORMAL), from, to);
    }

    @Test
    void expIsExactTo3e7OverItsRange() {
        assertThat(relativeError(VectorMath::exp, StrictMath::exp, -87, 88)).isLessThan(3e-7);
        assertThat(relativeError(VectorMath::exp, StrictMath::exp, -1, 1)).isLessThan(3e-7);
        assertThat(lane(VectorMath::exp, 0)).isEqualTo(1);
        assertThat(lane(VectorMath::exp, 1e-30f)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(floats = {88.1f, 100, 1e30f, Float.POSITIVE_INFINITY})
    void expStopsAtTheEndOfItsRange(float x) {
        assertThat(lane(VectorMath::exp, x)).isEqualTo(lane(VectorMath::exp, 88));
        assertThat(lane(VectorMath::exp, -x)).isEqualTo(lane(VectorMath::exp, -87));
    }

    @Test
    void tanhIsExactTo3e7() {
        assertThat(relativeError(VectorMath::tanh, StrictMath::tanh, -100, 100)).isLessThan(3e-7);
        assertThat(relativeError(VectorMath::tanh, StrictMath::tanh, -1, 1)).isLessThan(3e-7);
        assertThat(relativeError(VectorMath::tanh, StrictMath::tanh, -1e-3, 1e-3))
                .isLessThan(3e-7);
    }

    @Test
    void tanhOfTheSmallestIsItselfAndOfTheLargestIsOne() {
        assertThat(lane(VectorMath::tanh, 0)).isZero();
        for (float tiny : new float[] {1e-30f, Float.MIN_NORMAL, Float.MIN_VALUE}) {
            assertThat(lane(VectorMath::tanh, tiny)).isEqualTo(tiny);
            assertThat(lane(VectorMath::tanh, -tiny)).isEqualTo(-tiny);
        }
        for (float large : new float[] {20, 100, 1e30f, Float.POSITIVE_INFINITY}) {
            assertThat(lane(VectorMath::tanh, large)).isEqualTo(1);
            assertThat(lane(VectorMath::tanh, -large)).isEqualTo(-1);
        }
    }

    @Test
    void normalDistributionIsExactTo3e7() {
        assertThat(worst(VectorMath::normalDistribution, ScalarKernels::normalDistribution, y -> 1, -10, 10))
                .isLessThan(3e-7);
        assertThat(lane(VectorMath::normalDistribution, 0)).isCloseTo(0.5f, within(3e-7f));
        assertThat(lane(VectorMath::normalDistribution, 100)).isEqualTo(1);
        assertThat(lane(VectorMath::normalDistribution, -100)).isBetween(0f, 1e-30f);
    }

    @Test
    void sigmoidIsExactTo4e7WhereExpIs() {
        DoubleUnaryOperator exact = x -> 1 / (1 + StrictMath.exp(-x));

        assertThat(relativeError(VectorMath::sigmoid, exact, -87, 87)).isLessThan(4e-7);
        assertThat(lane(VectorMath::sigmoid, 0)).isEqualTo(0.5f);
        assertThat(lane(VectorMath::sigmoid, 100)).isEqualTo(1);
        assertThat(lane(VectorMath::sigmoid, -100)).isBetween(0f, 1e-37f);
    }

    @Test
    void geluIsExactTo1e6() {
        DoubleUnaryOperator exact = x -> x * ScalarKernels.normalDistribution(x);

        assertThat(worst(VectorMath::gelu, exact, y -> Math.max(1, Math.abs(y)), -10, 10))
                .isLessThan(1.5e-6);
        assertThat(lane(VectorMath::gelu, 100)).isEqualTo(100);
        assertThat(lane(VectorMath::gelu, -100)).isBetween(-1e-30f, 0f);
        assertThat(lane(VectorMath::gelu, 0)).isZero();
        assertThat(lane(VectorMath::gelu, 1e-20f)).isCloseTo(0.5e-20f, within(1e-26f));
    }

    /** x, f(x), f'(x) at the far ends, where a careless formula gives NaN or infinity. */
    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void derivativesVanishOrStayOneFarOut(Kernels kernels) {
        float[] ends = {-1e30f, -100, 100, 1e30f};

        assertThat(backward(kernels, Activation.RELU, ends)).containsExactly(0, 0, 1, 1);
        assertThat(backward(kernels, LEAKY, ends)).containsExactly(0.01f, 0.01f, 1, 1);
        assertThat(backward(kernels, Activation.TANH, ends)).containsExactly(0, 0, 0, 0);
        assertThat(backward(kernels, Activation.SIGMOID, ends)).containsExactly(new float[4], within(1e-30f));
        assertThat(backward(kernels, Activation.GELU, ends)).containsExactly(new float[] {0, 0, 1, 1}, within(1e-6f));
    }

    /** As in PyTorch: 0 for ReLU, the slope for the leaky one. */
    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void derivativesAtTheKinkAreThoseOfTheLeftSide(Kernels kernels) {
        assertThat(backward(kernels, Activation.RELU, 0f, -0f)).containsExactly(0, 0);
        assertThat(backward(kernels, LEAKY, 0f, -0f)).containsExactly(0.01f, 0.01f);
    }

    /** A diverged run must show NaN, not hide it. */
    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void nanStaysNan(Kernels kernels) {
        for (Activation f : new Activation[] {
            Activation.RELU,
            LEAKY,
            Activation.SIGMOID,
            Activation.TANH,
            Activation.GELU,
            Activation.SILU,
            Activation.elu(1)
        }) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment y = RandomInput.memory(arena, 1, Float.NaN);
                kernels.activate(f, y, y, 2);

                assertThat(y.getAtIndex(JAVA_FLOAT, 1)).as(f.toString()).isNaN();
                assertThat(y.getAtIndex(JAVA_FLOAT, 0)).as(f.toString()).isNotNaN();
            }
        }
    }

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void softmaxTakesLogitsOfAnySize(Kernels kernels) {
        try (Arena arena = Arena.ofConfined()) {
            // the second and third row are where exp alone leaves its range
            MemorySegment y = RandomInput.memory(arena, 1e30f, -1e30f, 0, 102, 101, 100, -200, -201, -202);
            kernels.softmax(y, y, 3, 3);

            assertThat(y.toArray(JAVA_FLOAT))
                    .containsExactly(
                            new float[] {
                                1, 0, 0, 0.66524096f, 0.24472847f, 0.09003057f, 0.66524096f, 0.24472847f, 0.09003057f
                            },
                            within(2e-7f));
        }
    }

    private static float[] backward(Kernels kernels, Activation f, float... x) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment saved = RandomInput.memory(arena, x);
            if (!f.kind().savesInput()) {
                kernels.activate(f, saved, saved, x.length);
            }
            float[] ones = new float[x.length];
            Arrays.fill(ones, 1);
            MemorySegment dx = RandomInput.memory(arena, ones);
            kernels.activateBackward(f, saved, dx, dx, x.length);
            return dx.toArray(JAVA_FLOAT);
        }
    }
}
