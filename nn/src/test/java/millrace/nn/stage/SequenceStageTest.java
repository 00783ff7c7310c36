package millrace.nn.stage;

import static millrace.nn.layer.Layers.bidirectionalGru;
import static millrace.nn.layer.Layers.bidirectionalLstm;
import static millrace.nn.layer.Layers.bidirectionalRnn;
import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.residual;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import millrace.nn.data.Dataset;
import millrace.nn.golden.RandomInput;
import millrace.nn.loss.CrossEntropy;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stages over sequences with labels that do not count. */
class SequenceStageTest {
    private static final int POSITIONS = 5;
    private static final int CLASSES = 3;
    private static final int BATCH = 8;
    private static final Model MODEL = Model.of(
            Shape.of(POSITIONS, 4), dense(6), residual(tanh(), dense(6), tanh(), dense(6)), tanh(), dense(CLASSES));

    private static final Model BOTH_DIRECTIONS = Model.of(
            Shape.of(POSITIONS, 4), bidirectionalLstm(3), bidirectionalGru(2), bidirectionalRnn(3), dense(CLASSES));

    /** Two batches and a partial one; about half of the labels do not count, and in some micro-batches none does. */
    private static Dataset data() {
        Random random = new Random(4);
        int samples = 2 * BATCH + 3;
        int[] labels = new int[samples * POSITIONS];
        for (int i = 0; i < labels.length; i++) {
            boolean counts = i / POSITIONS > 1 && random.nextBoolean();
            labels[i] = counts ? random.nextInt(CLASSES) : Dataset.IGNORED;
        }
        Arena arena = Arena.ofAuto();
        return new Dataset(
                "positions",
                RandomInput.tensor(arena, random, Shape.of(samples, POSITIONS, 4)),
                Tensor.labels(arena, labels).reshape(Shape.of(samples, POSITIONS)),
                List.of("a", "b", "c"));
    }

    private static TrainingSpec spec(Loss loss, int microBatches) {
        return spec(MODEL, loss, microBatches);
    }

    private static TrainingSpec spec(Model model, Loss loss, int microBatches) {
        return new TrainingSpec(model, loss, UpdatePolicy.of(new Adam(1e-2)), BATCH, microBatches, false, 5);
    }

    @ParameterizedTest
    @CsvSource({"2, 4, WEIGHTS_LAST", "3, 8, ALL_FORWARD_FIRST", "4, 2, WEIGHTS_LAST"})
    void stagesInALineEqualTheWholeModelToTheBit(int stages, int microBatches, Line.Order order) {
        assertLineEqualsWhole(spec(Losses.crossEntropy(), microBatches), stages, order);
    }

    @ParameterizedTest
    @CsvSource({"2, 4, WEIGHTS_LAST", "3, 8, ALL_FORWARD_FIRST", "4, 2, WEIGHTS_LAST"})
    void soDoLayersThatReadFromBothEnds(int stages, int microBatches, Line.Order order) {
        assertLineEqualsWhole(spec(BOTH_DIRECTIONS, Losses.crossEntropy(), microBatches), stages, order);
    }

    private static void assertLineEqualsWhole(TrainingSpec spec, int stages, Line.Order order) {
        int microBatches = spec.microBatches();
        try (Line whole = new Line(spec, data(), 1);
                Line line = new Line(spec, data(), stages)) {
            for (int step = 0; step < 6; step++) {
                double loss = whole.step(microBatches, Line.Order.ONE_BY_ONE);
                assertThat(line.step(microBatches, order)).as("step %d", step).isEqualTo(loss);
            }
            assertThat(line.numbers()).isEqualTo(whole.numbers());
        }
    }

    /** PyTorch's mean over the whole batch, not a mean of micro-batches' means. */
    @ParameterizedTest
    @CsvSource({"0, 1", "0.1, 2.5"})
    void lossIsTheMeanOverThePositionsThatCount(double smoothing, double firstWeight) {
        Loss loss = new CrossEntropy(smoothing, List.of(firstWeight, 1.0, 1.0));
        try (Line one = new Line(spec(loss, 1), data(), 1);
                Line eight = new Line(spec(loss, 8), data(), 1)) {
            for (int step = 0; step < 3; step++) {
                double expected = one.step(1, Line.Order.ONE_BY_ONE);
                assertThat(eight.step(8, Line.Order.ONE_BY_ONE))
                        .as("step %d", step)
                        .isCloseTo(expected, within(1e-5));
            }
        }
    }
}
