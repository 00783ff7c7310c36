package millrace.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import millrace.nn.backend.Backend;
import millrace.nn.layer.Layer.RandomKey;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
    private static final int ELEMENTS = 20_000;
    private static final Shape SHAPE = Shape.of(4, ELEMENTS / 4);

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private static Operator operator(float p, long seed, int layer) {
        return Layers.dropout(p)
                .operator(SHAPE.sample(), List.of(), Backend.fast().float32(), new RandomKey(seed, layer));
    }

    private Tensor ones() {
        float[] values = new float[ELEMENTS];
        Arrays.fill(values, 1);
        return Tensor.of(arena, SHAPE, values);
    }

    /** The output for an input of ones. */
    private float[] forward(Operator operator, Pass pass) {
        Tensor output = Tensor.zeros(arena, ElementType.F32, SHAPE);
        operator.forward(pass, ones(), output);
        return output.toFloats();
    }

    @Test
    void backwardReplaysTheMaskOfForward() {
        Operator operator = operator(0.3f, 1, 2);
        Pass pass = new Pass(7, true);
        Tensor gradient = Tensor.zeros(arena, ElementType.F32, SHAPE);
        operator.backwardInput(pass, ones(), ones(), gradient);

        assertThat(gradient.toFloats()).containsExactly(forward(operator, pass));
    }

    @Test
    void theSamePassOnAnotherMachineGivesTheSameMask() {
        Pass pass = new Pass(7, true);

        assertThat(forward(operator(0.3f, 1, 2), pass)).containsExactly(forward(operator(0.3f, 1, 2), pass));
    }

    @Test
    void masksDifferByMicroBatchLayerAndSeed() {
        float[] mask = forward(operator(0.5f, 1, 2), new Pass(7, true));

        assertThat(agreement(mask, forward(operator(0.5f, 1, 2), new Pass(8, true))))
                .isCloseTo(0.5, within(0.02));
        assertThat(agreement(mask, forward(operator(0.5f, 1, 3), new Pass(7, true))))
                .isCloseTo(0.5, within(0.02));
        assertThat(agreement(mask, forward(operator(0.5f, 2, 2), new Pass(7, true))))
                .isCloseTo(0.5, within(0.02));
    }

    /** Share of equal elements: a half, deviation 0.0035, for independent masks of one half. */
    private static double agreement(float[] a, float[] b) {
        int equal = 0;
        for (int i = 0; i < a.length; i++) {
            equal += a[i] == b[i] ? 1 : 0;
        }
        return (double) equal / a.length;
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 0.1f, 0.5f, 0.9f})
    void theExpectationIsThatOfTheInput(float p) {
        float[] output = forward(operator(p, 4, 0), new Pass(1, true));
        double sum = 0;
        int zeros = 0;
        for (float y : output) {
            assertThat(y == 0 || y == 1 / (1 - p)).as("%s", y).isTrue();
            sum += y;
            zeros += y == 0 ? 1 : 0;
        }
        // an element has mean 1 and variance p / (1 - p); within 4 deviations of the mean's
        assertThat(sum / ELEMENTS).isCloseTo(1, within(4 * Math.sqrt(p / (1 - p) / ELEMENTS) + 1e-6));
        assertThat((double) zeros / ELEMENTS).isCloseTo(p, within(4 * Math.sqrt(p * (1 - p) / ELEMENTS) + 1e-6));
    }

    @Test
    void inferenceDropsNothing() {
        Tensor input = Tensor.of(arena, SHAPE, new float[ELEMENTS]);
        for (int i = 0; i < ELEMENTS; i++) {
            input.setFloat(i, i);
        }
        Tensor output = Tensor.zeros(arena, ElementType.F32, SHAPE);
        Operator operator = operator(0.5f, 1, 2);

        operator.forward(Pass.INFERENCE, input, output);
        assertThat(output.toFloats()).containsExactly(input.toFloats());

        operator.forward(Pass.INFERENCE, output, output);
        assertThat(output.toFloats()).containsExactly(input.toFloats());
    }
}
