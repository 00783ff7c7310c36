package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.data.Percentage.withPercentage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Predictions and corrections: fast against plain, and both against what the methods promise. */
class DelayKernelsTest {
    private static final int ELEMENTS = 48;
    private static final double TOLERANCE = 1e-6;
    private static final MemorySegment NONE = MemorySegment.NULL;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<UpdateRule> rules() {
        return UpdateRulesTest.rules().stream().filter(rule -> switch (rule) {
            case UpdateRule.Sgd sgd -> sgd.momentum() > 0;
            case UpdateRule.RmsProp rms -> rms.momentum() > 0;
            case UpdateRule.Adagrad _ -> false;
            default -> true;
        });
    }

    private MemorySegment random(Random random, float limit) {
        return RandomInput.memory(arena, RandomInput.floats(random, ELEMENTS, limit));
    }

    private MemorySegment positive(Random random) {
        float[] values = RandomInput.floats(random, ELEMENTS, 1);
        for (int i = 0; i < ELEMENTS; i++) {
            values[i] = Math.abs(values[i]);
        }
        return RandomInput.memory(arena, values);
    }

    private MemorySegment zeros() {
        return RandomInput.memory(arena, new float[ELEMENTS]);
    }

    private static float[] floats(MemorySegment memory) {
        return memory.asSlice(0, ELEMENTS * Float.BYTES).toArray(JAVA_FLOAT);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void predictionsAreThoseOfTheReference(UpdateRule rule) {
        Random random = new Random(3);
        MemorySegment weights = random(random, 2);
        MemorySegment first = random(random, 1);
        MemorySegment second = positive(random);
        MemorySegment fast = zeros();
        MemorySegment plain = zeros();

        Backend.fast().delays().predict(rule, weights, first, second, fast, ELEMENTS);
        Backend.scalar().delays().predict(rule, weights, first, second, plain, ELEMENTS);

        Close.relative("predicted", floats(fast), floats(plain), TOLERANCE);
        assertThat(floats(fast)).isNotEqualTo(floats(weights));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void driftsAndCompensationsAreThoseOfTheReference(long seed) {
        Random random = new Random(seed);
        MemorySegment now = random(random, 2);
        MemorySegment before = random(random, 2);
        float[] start = RandomInput.floats(random, ELEMENTS, 1);
        MemorySegment fast = RandomInput.memory(arena, start);
        MemorySegment plain = RandomInput.memory(arena, start);

        Backend.fast().delays().drift(fast, 0.7f, now, before, ELEMENTS);
        Backend.scalar().delays().drift(plain, 0.7f, now, before, ELEMENTS);
        Close.relative("drift", floats(fast), floats(plain), TOLERANCE);

        Backend.fast().delays().compensate(fast, 0.3f, now, before, 0.25f, plain, 0.5f, ELEMENTS);
        MemorySegment other = RandomInput.memory(arena, floats(plain));
        Backend.scalar().delays().compensate(plain, 0.3f, now, before, 0.25f, other, 0.5f, ELEMENTS);
        Close.relative("compensated", floats(fast), floats(plain), 1e-5);

        MemorySegment target = zeros();
        MemorySegment expected = zeros();
        Backend.fast().delays().extrapolate(now, 3, before, target, ELEMENTS);
        Backend.scalar().delays().extrapolate(now, 3, before, expected, ELEMENTS);
        Close.relative("extrapolated", floats(target), floats(expected), TOLERANCE);
    }

    @Test
    void thePredictorIsExactForAConstantVelocity() {
        Random random = new Random(5);
        MemorySegment velocity = random(random, 1);
        MemorySegment weights = random(random, 2);
        MemorySegment moved = RandomInput.memory(arena, floats(weights));
        for (int step = 0; step < 4; step++) {
            Backend.scalar().delays().extrapolate(moved, 0.125f, velocity, moved, ELEMENTS);
        }
        MemorySegment predicted = zeros();

        // four steps at a rate of 1/8
        Backend.fast()
                .delays()
                .predict(new UpdateRule.Sgd(0.5f, 0.9f, false, 0), weights, velocity, NONE, predicted, ELEMENTS);

        Close.relative("predicted", floats(predicted), floats(moved), TOLERANCE);
    }

    @Test
    void aConstantDriftIsFoundAndUndone() {
        Random random = new Random(6);
        MemorySegment drift = zeros();
        MemorySegment change = random(random, 0.01f);
        MemorySegment weights = random(random, 1);
        int delay = 3;
        MemorySegment stashed = weights;
        float kept = (float) Math.pow(0.135, 1.0 / delay);
        for (int step = 0; step < 60; step++) {
            MemorySegment next = zeros();
            Backend.scalar().delays().extrapolate(weights, -1, change, next, ELEMENTS);
            Backend.fast().delays().drift(drift, kept, next, weights, ELEMENTS);
            weights = next;
            if (step == 59 - delay) {
                stashed = weights;
            }
        }
        MemorySegment back = zeros();

        Backend.fast().delays().extrapolate(weights, delay, drift, back, ELEMENTS);

        Close.absolute("weights three steps ago", floats(back), floats(stashed), 1e-5);
    }

    @Test
    void compensationIsExactWhereTheHessianIsWhatItTakesItFor() {
        // gradient of h/2 w^2, made at 2 of 4 shares with w = 1 and at 1 share each with 2 and 3 where w is now
        float h = 0.5f;
        float now = 3;
        float gradient = (h * 1 + h * 2 + h * 3 + h * 3) / 4;
        MemorySegment g = RandomInput.memory(arena, new float[16]);
        g.setAtIndex(JAVA_FLOAT, 0, gradient);
        MemorySegment w = one(now);

        Backend.fast().delays().compensate(g, h / (gradient * gradient), w, one(1), 0.25f, one(2), 0.25f, 16);

        assertThat(g.getAtIndex(JAVA_FLOAT, 0)).isEqualTo(h * now);
    }

    private MemorySegment one(float value) {
        MemorySegment memory = RandomInput.memory(arena, new float[16]);
        memory.setAtIndex(JAVA_FLOAT, 0, value);
        return memory;
    }

    @Test
    void aRuleWithoutADirectionCannotPredict() {
        UpdateRule adagrad = new UpdateRule.Adagrad(0.1f, 1e-10f, 0);
        for (DelayKernels kernels :
                new DelayKernels[] {Backend.fast().delays(), Backend.scalar().delays()}) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> kernels.predict(adagrad, zeros(), zeros(), NONE, zeros(), ELEMENTS));
        }
    }

    @Test
    void sumsOfSquaresAndScalesAreThoseOfTheReference() {
        Random random = new Random(8);
        MemorySegment x = random(random, 3);
        Kernels scalar = new ScalarKernels();
        assertThat(Backend.fast().float32().sumOfSquares(x, ELEMENTS))
                .isCloseTo(scalar.sumOfSquares(x, ELEMENTS), withPercentage(1e-10));
        MemorySegment same = RandomInput.memory(arena, floats(x));
        Backend.fast().float32().scale(x, 0.3f, ELEMENTS);
        scalar.scale(same, 0.3f, ELEMENTS);
        assertThat(floats(x)).containsExactly(floats(same));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            x.setAtIndex(JAVA_FLOAT, 17, bad);
            assertThat(Backend.fast().float32().sumOfSquares(x, ELEMENTS)).isNotFinite();
        }
        x.setAtIndex(JAVA_FLOAT, 17, Float.MAX_VALUE);
        assertThat(Backend.fast().float32().sumOfSquares(x, ELEMENTS)).isFinite();
    }
}
