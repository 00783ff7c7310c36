package millrace.nn.stage;

import static millrace.nn.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import millrace.nn.data.Dataset;
import millrace.nn.golden.Close;
import millrace.nn.infer.Predictor;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StageModelStepTest {
    @ParameterizedTest
    @EnumSource(Line.Order.class)
    void lossIsTheMeanOverTheSamplesOfTheBatchEvenOfAPartialOne(Line.Order order) {
        Dataset train = Line.data(11);
        // too small a rate to change any weight; no dropout, and the data set's own order
        Model plain = Model.named("plain", Shape.of(6), List.of(dense(7), dense(4)));
        TrainingSpec spec = new TrainingSpec(
                plain, Losses.crossEntropy(), UpdatePolicy.of(new Sgd(1e-30)), Line.BATCH, 4, false, 5);
        try (Line line = new Line(spec, train, 2)) {
            Predictor fresh = new Predictor(plain, line.state());
            double first = fresh.evaluate(spec.loss(), train.slice(0, 8)).loss();
            double second = fresh.evaluate(spec.loss(), train.slice(8, 11)).loss();

            assertThat(line.step(4, order)).isCloseTo(first, within(1e-6));
            assertThat(line.step(4, order)).isCloseTo(second, within(1e-6));
            assertThat(line.step(4, order)).isCloseTo(first, within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void aPartialBatchStepsAsFarAsAWholeOneOfItsSizeHoweverItIsCut(int microBatches) {
        Dataset three = Line.data(3);
        Model plain = Model.of(Shape.of(6), dense(4));
        UpdatePolicy policy = UpdatePolicy.of(new Sgd(1));
        TrainingSpec partial =
                new TrainingSpec(plain, Losses.crossEntropy(), policy, Line.BATCH, microBatches, false, 5);
        TrainingSpec whole = new TrainingSpec(plain, Losses.crossEntropy(), policy, 3, 1, false, 5);
        try (Line one = new Line(partial, three, 1);
                Line other = new Line(whole, three, 1)) {
            assertThat(one.step(microBatches, Line.Order.ONE_BY_ONE))
                    .isCloseTo(other.step(1, Line.Order.ONE_BY_ONE), within(1e-6));
            other.state()
                    .forEach((name, expected) -> Close.absolute(
                            name, Objects.requireNonNull(one.state().get(name)).toFloats(), expected.toFloats(), 1e-6));
        }
    }

    @Test
    void dropoutDrawsAnewForEveryStep() {
        Dataset oneBatch = Line.data(Line.BATCH);
        TrainingSpec spec = new TrainingSpec(
                Line.MODEL, Losses.crossEntropy(), UpdatePolicy.of(new Sgd(1e-30)), Line.BATCH, 2, false, 5);
        try (Line line = new Line(spec, oneBatch, 1)) {
            Map<String, List<Float>> fresh = line.numbers();
            double first = line.step(2, Line.Order.ONE_BY_ONE);
            double second = line.step(2, Line.Order.ONE_BY_ONE);

            assertThat(line.numbers()).isEqualTo(fresh);
            assertThat(second).isNotEqualTo(first);
        }
    }

    @Test
    void backwardOnTheLastStageNeedsALoss() {
        try (Line line = new Line(Line.spec(new Adam(1e-2), 2), Line.data(8), 1)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> line.stages.getFirst().compute().backward(0, 0, null))
                    .withMessage("micro-batch 0: backward without a loss (expected: forward first)");
        }
    }

    @Test
    void gradientsOutOfOrderAreRefused() {
        try (Line line = new Line(Line.spec(new Adam(1e-2), 2), Line.data(8), 1)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> line.stages.getFirst().compute().backward(0, 1, null))
                    .withMessage("gradients of micro-batch 1 (expected: of 0, they are added up in ascending order)");
            assertThatIllegalStateException()
                    .isThrownBy(() -> line.stages.getFirst().optimizer().step())
                    .withMessage("optimizer step after the gradients of 0 micro-batches (expected: 2)");
        }
    }
}
