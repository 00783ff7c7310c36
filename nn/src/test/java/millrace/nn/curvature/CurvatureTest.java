package millrace.nn.curvature;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.leakyRelu;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.data.RandomClassesSource;
import millrace.nn.golden.RandomInput;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CurvatureTest {
    private static final int SAMPLES = 24;
    private static final int FEATURES = 5;
    private static final Arena ARENA = Arena.ofAuto();

    private static TrainingSpec spec(Model model, Loss loss, int batch, int microBatches) {
        return new TrainingSpec(model, loss, UpdatePolicy.of(new Adam(1e-3)), batch, microBatches, false, 5);
    }

    private static Dataset data(long seed, int samples, int features, int values) {
        Random random = new Random(seed);
        return new Dataset(
                "random",
                RandomInput.tensor(ARENA, random, Shape.of(samples, features)),
                RandomInput.tensor(ARENA, random, Shape.of(samples, values)),
                List.of());
    }

    /** Every micro-batch, and the second batch of two, count as in training. */
    @ParameterizedTest
    @CsvSource({"24, 1, 0", "24, 4, 0", "16, 4, 1"})
    void ofALinearModelItIsThatOfTheSamples(int batch, int microBatches, long number) {
        Dataset data = data(3, SAMPLES, FEATURES, 1);
        TrainingSpec spec = spec(Model.of(Shape.of(FEATURES), dense(1)), Losses.mse(), batch, microBatches);
        int from = Math.toIntExact(number * batch);
        double expected = Dense.largest(squares(data, from, Math.min(SAMPLES, from + batch)));

        Curvature usual = Curvature.of(spec, data, Map.of(), number, Curvature.ITERATIONS);
        Curvature exact = Curvature.of(spec, data, Map.of(), number, 60, 1e-6);

        assertThat(usual.settled()).isTrue();
        assertThat(usual.largest()).isBetween(0.95 * expected, 1.0001 * expected);
        // rounding of weights and gradients, see HessianProduct; the differences of a linear gradient are exact
        assertThat(exact.largest()).isCloseTo(expected, within(2e-4 * expected));
    }

    /** 2/N X^T X, X being the samples with a column of ones for the bias. */
    private static double[][] squares(Dataset data, int from, int to) {
        double[][] result = new double[FEATURES + 1][FEATURES + 1];
        for (int row = from; row < to; row++) {
            for (int i = 0; i <= FEATURES; i++) {
                for (int j = 0; j <= FEATURES; j++) {
                    result[i][j] += 2 * feature(data, row, i) * feature(data, row, j) / (to - from);
                }
            }
        }
        return result;
    }

    private static double feature(Dataset data, int row, int i) {
        return i == FEATURES ? 1 : data.inputs().getFloat((long) row * FEATURES + i);
    }

    /** Against second differences of the loss, in double. */
    @ParameterizedTest
    @CsvSource({"1, tanh", "2, tanh", "3, tanh", "1, relu", "2, relu", "3, relu"})
    void ofANetworkItIsThatOfTheDenseHessian(long seed, String activation) {
        int hidden = 4;
        int values = 2;
        Dataset data = data(seed, 12, 3, values);
        boolean relu = activation.equals("relu");
        Model model = Model.of(Shape.of(3), dense(hidden), relu ? relu() : tanh(), dense(values));
        TrainingSpec spec = spec(model, Losses.mse(), 12, 3);
        Map<String, Tensor> weights = new HashMap<>();
        Random random = new Random(seed);
        weights.put("0.weight", RandomInput.tensor(ARENA, random, Shape.of(hidden, 3)));
        weights.put("0.bias", RandomInput.tensor(ARENA, random, Shape.of(hidden)));
        weights.put("2.weight", RandomInput.tensor(ARENA, random, Shape.of(values, hidden)));
        weights.put("2.bias", RandomInput.tensor(ARENA, random, Shape.of(values)));
        double expected = new Dense(data, hidden, values, relu).largest(weights);

        Curvature usual = Curvature.of(spec, data, weights, 0, Curvature.ITERATIONS);
        Curvature exact = Curvature.of(spec, data, weights, 0, 60, 1e-6);

        assertThat(usual.settled()).isTrue();
        assertThat(usual.largest()).isBetween(0.95 * expected, 1.001 * expected);
        // rounding, and the differences' own error: a step of 2^-11 of the weights' norm of 6
        assertThat(exact.largest()).isCloseTo(expected, within(1e-3 * expected));
    }

    /** Two weights of their own, losses tanh(w)^2 / 2: curvature -0.31 at 1 and 0.096 at 0.6. */
    @Test
    void aNegativeEigenvalueOfLargerMagnitudeIsPassedOver() {
        Dataset data = new Dataset(
                "one", Tensor.of(ARENA, Shape.of(1, 1), 1), Tensor.of(ARENA, Shape.of(1, 2), 0, 0), List.of());
        Model model = Model.of(Shape.of(1), dense(2), tanh());
        Map<String, Tensor> weights = Map.of(
                "0.weight", Tensor.of(ARENA, Shape.of(2, 1), 1, 0.6f), "0.bias", Tensor.of(ARENA, Shape.of(2), 0, 0));

        Curvature curvature = Curvature.of(spec(model, Losses.mse(), 1, 1), data, weights, 0, 30, 1e-5);

        // weight and bias have the same curvature, and together twice as much
        double square = Math.pow(Math.tanh(0.6), 2);
        double expected = 2 * (1 - square) * (1 - 3 * square);
        assertThat(curvature.settled()).isTrue();
        assertThat(curvature.largest()).isCloseTo(expected, within(1e-3 * expected));
    }

    @Test
    void aFlatLossHasNone() {
        Model model = Model.of(Shape.of(FEATURES), dense(3), relu(), dense(1));
        Dataset data = data(4, SAMPLES, FEATURES, 1);
        Map<String, Tensor> weights = Map.of(
                "0.weight", Tensor.of(ARENA, Shape.of(3, FEATURES), new float[3 * FEATURES]),
                "0.bias", Tensor.of(ARENA, Shape.of(3), -1000, -1000, -1000),
                "2.weight", Tensor.of(ARENA, Shape.of(1, 3), 1, 1, 1),
                "2.bias", Tensor.of(ARENA, Shape.of(1), 100));
        TrainingSpec mae = spec(model, Losses.named("mae"), SAMPLES, 1);

        assertThat(Curvature.of(mae, data, weights, 0, 5)).isEqualTo(new Curvature(0, 1, true));
        assertThat(Curvature.of(spec(Model.of(Shape.of(FEATURES), relu()), Losses.mse(), SAMPLES, 1), data))
                .isEqualTo(new Curvature(0, 0, true));
    }

    /** Dropout draws the same at every gradient of an estimate, or the differences would be noise. */
    @Test
    void theSameSpecGivesTheSameBits() {
        Model model = Model.of(Shape.of(FEATURES), dense(8), dropout(0.5f), tanh(), dense(1));
        TrainingSpec spec = spec(model, Losses.mse(), 8, 2);
        Dataset data = data(5, SAMPLES, FEATURES, 1);

        Curvature curvature = Curvature.of(spec, data);

        assertThat(curvature.settled()).isTrue();
        assertThat(curvature.largest()).isBetween(0.1, 100.0);
        assertThat(Curvature.of(spec, data)).isEqualTo(curvature);
        assertThat(Curvature.of(spec, data, Map.of(), 1, Curvature.ITERATIONS)).isNotEqualTo(curvature);
    }

    /** A step that is too small to feel a unit that switches, and one that is not, agree. */
    @Test
    void unitsThatSwitchDoNotCount() {
        Dataset data = new RandomClassesSource(64, 40, 5, 1).generate();
        Model model = Model.of(Shape.of(40), dense(64), relu(), dense(32), leakyRelu(0.1f), dense(5));
        TrainingSpec spec = spec(model, Losses.crossEntropy(), 32, 1);
        try (HessianProduct usual = new HessianProduct(spec, data, Map.of(), 0, 0x1p-11);
                HessianProduct large = new HessianProduct(spec, data, Map.of(), 0, 0x1p-7)) {
            for (int i = 0; i < 4; i++) {
                double expected = usual.multiply();
                assertThat(large.multiply()).isCloseTo(expected, within(0.02 * Math.abs(expected)));
                assertThat(large.turn()).isCloseTo(usual.turn(), withinPercentage(2));
            }
        }
    }

    @Test
    void tooFewIterationsAreSaid() {
        TrainingSpec spec = spec(Model.of(Shape.of(FEATURES), dense(1)), Losses.mse(), SAMPLES, 1);
        Dataset data = data(3, SAMPLES, FEATURES, 1);

        Curvature curvature = Curvature.of(spec, data, Map.of(), 0, 1);

        assertThat(curvature.settled()).isFalse();
        assertThat(curvature.iterations()).isEqualTo(1);
        assertThat(curvature.largest()).isPositive();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Curvature.of(spec, data, Map.of(), 0, 0))
                .withMessage("iterations: 0 (expected: 1 or more)");
    }

    @Test
    void weightsOfAnotherModelAreRefused() {
        TrainingSpec spec = spec(Model.of(Shape.of(FEATURES), dense(1)), Losses.mse(), SAMPLES, 1);
        Map<String, Tensor> other = Map.of("0.weight", Tensor.of(ARENA, Shape.of(1, 2), 1, 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Curvature.of(spec, data(3, SAMPLES, FEATURES, 1), other, 0, 5))
                .withMessageContaining("0.weight has shape 1x2 (expected: 1x5)");
    }

    /** The whole Hessian of dense, tanh or ReLU, dense with the mean of squares, in double. */
    private record Dense(Dataset data, int hidden, int values, boolean relu) {
        /** Second differences have an error of step^2, and of 1e-16 / step^2. */
        private static final double STEP = 1e-4;

        double largest(Map<String, Tensor> weights) {
            double[] all = List.of("0.weight", "0.bias", "2.weight", "2.bias").stream()
                    .map(weights::get)
                    .flatMapToDouble(CurvatureTest::numbers)
                    .toArray();
            int n = all.length;
            double[][] hessian = new double[n][n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double same = moved(all, i, STEP, j, STEP) + moved(all, i, -STEP, j, -STEP);
                    double opposite = moved(all, i, STEP, j, -STEP) + moved(all, i, -STEP, j, STEP);
                    hessian[i][j] = (same - opposite) / (4 * STEP * STEP);
                }
            }
            return largest(hessian);
        }

        private double moved(double[] weights, int i, double byI, int j, double byJ) {
            double[] copy = weights.clone();
            copy[i] += byI;
            copy[j] += byJ;
            return loss(copy);
        }

        private double loss(double[] weights) {
            int inputs = data.inputs().columns();
            int bias = hidden * inputs;
            int second = bias + hidden;
            double sum = 0;
            for (int row = 0; row < data.size(); row++) {
                for (int k = 0; k < values; k++) {
                    double y = weights[second + values * hidden + k];
                    for (int h = 0; h < hidden; h++) {
                        double x = weights[bias + h];
                        for (int i = 0; i < inputs; i++) {
                            x += weights[h * inputs + i] * data.inputs().getFloat((long) row * inputs + i);
                        }
                        y += weights[second + k * hidden + h] * (relu ? Math.max(0, x) : Math.tanh(x));
                    }
                    sum += Math.pow(y - data.targets().getFloat((long) row * values + k), 2);
                }
            }
            return sum / data.size() / values;
        }

        /** Power iteration on the matrix plus its norm, which makes all eigenvalues positive. */
        static double largest(double[][] matrix) {
            int n = matrix.length;
            double norm = 0;
            for (double[] row : matrix) {
                for (double value : row) {
                    norm += value * value;
                }
            }
            norm = Math.sqrt(norm);
            double[] v = new Random(1).doubles(n).toArray();
            double length = 1;
            for (int iteration = 0; iteration < 20_000; iteration++) {
                double[] next = new double[n];
                for (int i = 0; i < n; i++) {
                    next[i] = norm * v[i];
                    for (int j = 0; j < n; j++) {
                        next[i] += matrix[i][j] * v[j];
                    }
                }
                length = 0;
                for (double value : next) {
                    length += value * value;
                }
                length = Math.sqrt(length);
                for (int i = 0; i < n; i++) {
                    v[i] = next[i] / length;
                }
            }
            return length - norm;
        }
    }

    private static DoubleStream numbers(Tensor tensor) {
        float[] values = tensor.toFloats();
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
    }
}
