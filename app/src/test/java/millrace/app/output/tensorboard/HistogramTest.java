package millrace.app.output.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Random;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class HistogramTest {
    private static Tensor tensor(float... values) {
        Tensor tensor = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(values.length));
        for (int i = 0; i < values.length; i++) {
            tensor.setFloat(i, values[i]);
        }
        return tensor;
    }

    private static Histogram of(float... values) {
        return Histogram.of(tensor(values)).orElseThrow();
    }

    @Test
    void everyNumberIsInTheBucketThatHoldsIt() {
        Random random = new Random(1);
        float[] values = new float[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Histogram histogram = of(values);

        double left = histogram.min();
        for (int b = 0; b < histogram.limits().size(); b++) {
            double right = histogram.limits().get(b);
            boolean last = b == histogram.limits().size() - 1;
            long expected = 0;
            for (float value : values) {
                expected += value >= left && (value < right || (last && value == right)) ? 1 : 0;
            }
            // a number within rounding of an edge may lie on either side
            assertThat(histogram.counts().get(b)).isCloseTo(expected, within(1.0));
            left = right;
        }
        assertThat(histogram.counts().stream().mapToDouble(Double::doubleValue).sum())
                .isEqualTo(1000);
        assertThat(histogram.limits().getLast()).isEqualTo(histogram.max());
    }

    @Test
    void momentsAreThoseOfTheNumbers() {
        Histogram histogram = of(1, -2, 4);

        assertThat(histogram.min()).isEqualTo(-2);
        assertThat(histogram.max()).isEqualTo(4);
        assertThat(histogram.count()).isEqualTo(3);
        assertThat(histogram.sum()).isEqualTo(3);
        assertThat(histogram.squares()).isEqualTo(21);
    }

    @Test
    void equalNumbersHaveOneBucket() {
        Histogram histogram = of(3, 3);
        assertThat(histogram.limits()).containsExactly(3.0);
        assertThat(histogram.counts()).containsExactly(2.0);
    }

    @Test
    void whatIsNoNumberIsNotCounted() {
        assertThat(of(1, Float.NaN, 2, Float.NEGATIVE_INFINITY).count()).isEqualTo(2);
        assertThat(Histogram.of(tensor(Float.NaN))).isEmpty();
    }
}
