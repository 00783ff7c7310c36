package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused optimizer steps against the reference; PyTorch's values are in the optimizer package's golden tests. */
class UpdateRulesTest {
    private static final int PADDING = 16;
    private static final int STEPS = 5;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static List<UpdateRule> rules() {
        return List.of(
                new UpdateRule.Sgd(0.1f, 0, false, 0),
                new UpdateRule.Sgd(0.1f, 0, false, 0.05f),
                new UpdateRule.Sgd(0.1f, 0.9f, false, 0.05f),
                new UpdateRule.Sgd(0.1f, 0.9f, true, 0.05f),
                new UpdateRule.Adam(0.05f, 0.9, 0.999, 1e-8f, 0.5f, 0, 1),
                new UpdateRule.Adam(0.05f, 0.8, 0.95, 1e-6f, 0.7f, 0.1f, 1),
                new UpdateRule.Adam(0.05f, 0.9, 0.999, 1e-8f, 0.5f, 0, 0.99f),
                new UpdateRule.NAdam(0.03f, 0.02f, 0.9, 0.999, 1e-8f, 0.5f, 0, 1),
                new UpdateRule.NAdam(0.03f, 0.02f, 0.8, 0.95, 1e-6f, 0.7f, 0.1f, 1),
                new UpdateRule.NAdam(0.03f, 0.02f, 0.9, 0.999, 1e-8f, 0.5f, 0, 0.99f),
                new UpdateRule.RmsProp(0.01f, 0.99, 1e-8f, 0, 0),
                new UpdateRule.RmsProp(0.01f, 0.9, 1e-6f, 0.05f, 0.9f),
                new UpdateRule.Adagrad(0.1f, 1e-10f, 0),
                new UpdateRule.Adagrad(0.1f, 1e-6f, 0.05f));
    }

    static List<GradientShaping> shapings() {
        return List.of(
                GradientShaping.NONE,
                new GradientShaping(0.3f, 0, Float.POSITIVE_INFINITY),
                new GradientShaping(0, 0.2f, Float.POSITIVE_INFINITY),
                new GradientShaping(0, 0, 0.5f),
                new GradientShaping(0.3f, 0.2f, 0.5f));
    }

    static Stream<Arguments> cases() {
        return rules().stream().flatMap(rule -> shapings().stream().map(shaping -> Arguments.of(rule, shaping)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void equalTheReferenceAndKeepThePaddingZero(UpdateRule rule, GradientShaping shaping) {
        for (int elements : new int[] {5, 7, 15, 16, 17, 40}) {
            Random random = new Random(elements);
            float[] weights = padded(RandomInput.floats(random, elements, 2));
            weights[elements / 2] = 0;
            Memories expected = new Memories(arena, weights);
            Memories actual = new Memories(arena, weights);
            for (int step = 1; step <= STEPS; step++) {
                float[] gradients = RandomInput.floats(random, elements, 2);
                gradients[0] = 0;
                MemorySegment gradient = RandomInput.memory(arena, padded(gradients));

                expected.update(new ScalarKernels(), rule, shaping, gradient, elements);
                actual.update(Backend.fast().float32(), rule, shaping, gradient, elements);

                String what = "elements and seed %d, step %d".formatted(elements, step);
                for (int i = 0; i < 3; i++) {
                    float[] values = actual.all().get(i).toArray(JAVA_FLOAT);
                    Close.relative(what + ", memory " + i, values, expected.floats(i), 1e-6);
                    assertThat(Arrays.copyOfRange(values, elements, values.length))
                            .as("%s: padding of memory %d", what, i)
                            .containsOnly(0f);
                }
            }
            assertThat(actual.floats(0)).isNotEqualTo(weights);
        }
    }

    /** Around the ends of the parts that a step over much memory is made of: as many elements one by one. */
    @ParameterizedTest
    @MethodSource("rules")
    void manyElementsAreSteppedAsFewAre(UpdateRule rule) {
        int part = 1 << 16;
        int elements = 2 * part + 21;
        long seed = 3;
        Random random = new Random(seed);
        float[] weights = padded(RandomInput.floats(random, elements, 2));
        MemorySegment gradient = RandomInput.memory(arena, padded(RandomInput.floats(random, elements, 2)));
        Memories whole = new Memories(arena, weights);
        Memories few = new Memories(arena, weights);
        Kernels kernels = Backend.fast().float32();

        whole.update(kernels, rule, GradientShaping.NONE, gradient, elements);
        int at = 0;
        for (int n : new int[] {part - PADDING, 2 * PADDING, part / 2, part / 2 - PADDING, 21}) {
            few.from(at).update(kernels, rule, GradientShaping.NONE, gradient.asSlice((long) at * Float.BYTES), n);
            at += n;
        }

        assertThat(at).isEqualTo(elements);
        for (int i = 0; i < 3; i++) {
            assertThat(whole.all().get(i).mismatch(few.all().get(i)))
                    .as("seed %d, memory %d", seed, i)
                    .isEqualTo(-1);
        }
        double sum = 0;
        for (float value : gradient.asSlice(0, (long) elements * Float.BYTES).toArray(JAVA_FLOAT)) {
            sum += (double) value * value;
        }
        assertThat(kernels.sumOfSquares(gradient, elements)).isCloseTo(sum, withinPercentage(1e-9));
    }

    private static float[] padded(float[] values) {
        return Arrays.copyOf(values, values.length / PADDING * PADDING + PADDING);
    }

    /** Weights and two states of one parameter. */
    private record Memories(List<MemorySegment> all) {
        Memories(Arena arena, float[] weights) {
            this(new ArrayList<>());
            all.add(RandomInput.memory(arena, weights));
            all.add(RandomInput.memory(arena, new float[weights.length]));
            all.add(RandomInput.memory(arena, new float[weights.length]));
        }

        void update(Kernels kernels, UpdateRule rule, GradientShaping shaping, MemorySegment gradient, long n) {
            kernels.update(rule, shaping, all.get(0), gradient, all.get(1), all.get(2), n);
        }

        Memories from(long element) {
            return new Memories(all.stream()
                    .map(memory -> memory.asSlice(element * Float.BYTES))
                    .toList());
        }

        float[] floats(int i) {
            return all.get(i).toArray(JAVA_FLOAT);
        }
    }

    @Test
    void plainSgdNeedsNoState() {
        MemorySegment weights = RandomInput.memory(arena, padded(new float[] {1, 2}));
        MemorySegment gradients = RandomInput.memory(arena, padded(new float[] {4, -8}));

        Backend.fast()
                .float32()
                .update(
                        new UpdateRule.Sgd(0.25f, 0, false, 0),
                        GradientShaping.NONE,
                        weights,
                        gradients,
                        MemorySegment.NULL,
                        MemorySegment.NULL,
                        2);

        assertThat(Arrays.copyOf(weights.toArray(JAVA_FLOAT), 2)).containsExactly(0, 4);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 1", "0, -0.5, 1", "0, 0, 0", "0, 0, -2", "NaN, 0, 1", "0, NaN, 1", "0, 0, NaN"})
    void shapingRefusesNegativePenaltiesAndClips(float l1, float l2, float clip) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GradientShaping(l1, l2, clip))
                .withMessage("l1: %s, l2: %s, clip: %s (expected: penalties of 0 or more and a clip value above 0)"
                        .formatted(l1, l2, clip));
    }

    @Test
    void shapingWithoutPenaltiesStillClips() {
        assertThat(new GradientShaping(0.1f, 0.2f, 3).withoutPenalties()).isEqualTo(new GradientShaping(0, 0, 3));
    }

    @ParameterizedTest
    @CsvSource({"0", "-0.01", "NaN"})
    void leakyReluRefusesASlopeThatHidesTheSign(float slope) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Activation.leakyRelu(slope))
                .withMessage("slope: %s (expected: above 0; PyTorch's default is 0.01)".formatted(slope));
    }
}
