package millrace.nn.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import millrace.nn.data.Dataset;
import millrace.nn.infer.Evaluation;
import millrace.nn.infer.Evaluator;
import millrace.nn.infer.Predictor;
import millrace.nn.loss.Losses;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StageModelTest {
    /** Two whole batches and one of a single sample: with four micro-batches three of its slices are empty. */
    private static final Dataset TRAIN = Line.data(2 * Line.BATCH + 1);

    private static Optimizer optimizer(String name) {
        return name.equals("adam") ? new Adam(1e-2) : new Sgd(0.1, 0.9);
    }

    @ParameterizedTest
    @CsvSource({
        "2, 1, adam, ONE_BY_ONE",
        "2, 4, adam, ONE_BY_ONE",
        "2, 4, sgd, ALL_FORWARD_FIRST",
        "3, 2, adam, ALL_FORWARD_FIRST",
        "3, 8, sgd, WEIGHTS_LAST",
        "1, 4, adam, WEIGHTS_LAST"
    })
    void stagesInALineEqualTheWholeModelToTheBit(int stages, int microBatches, String name, Line.Order order) {
        TrainingSpec spec = Line.spec(optimizer(name), microBatches);
        try (Line whole = new Line(spec, TRAIN, 1);
                Line line = new Line(spec, TRAIN, stages)) {
            Map<String, List<Float>> fresh = line.numbers();
            for (int step = 0; step < 7; step++) {
                double loss = whole.step(microBatches, Line.Order.ONE_BY_ONE);
                assertThat(line.step(microBatches, order))
                        .as("loss of step %d", step)
                        .isEqualTo(loss);
            }

            assertThat(line.numbers()).isEqualTo(whole.numbers()).isNotEqualTo(fresh);
            assertThat(line.stages)
                    .extracting(stage -> stage.optimizer().steps())
                    .containsOnly(7L);
        }
    }

    @ParameterizedTest
    @CsvSource({"adam, 1, 2", "adam, 3, 1", "sgd, 2, 3"})
    void anotherPartitionGoesOnFromASnapshotAsIfNothingHadHappened(String name, int before, int after) {
        TrainingSpec spec = Line.spec(optimizer(name), 2);
        try (Line undisturbed = new Line(spec, TRAIN, before);
                Line restored = new Line(spec, TRAIN, after)) {
            for (int step = 0; step < 4; step++) {
                undisturbed.step(2, Line.Order.ONE_BY_ONE);
            }
            Map<String, Tensor> snapshot = undisturbed.state();
            restored.stages.forEach(stage -> stage.state().restore(snapshot, 4));
            assertThat(restored.numbers()).isEqualTo(undisturbed.numbers());
            for (int step = 4; step < 8; step++) {
                double loss = undisturbed.step(2, Line.Order.ONE_BY_ONE);
                assertThat(restored.step(2, Line.Order.ONE_BY_ONE))
                        .as("step %d", step)
                        .isEqualTo(loss);
            }
            assertThat(restored.numbers()).isEqualTo(undisturbed.numbers());
        }
    }

    @Test
    void weightsWithoutOptimizerStateBeginWithAFreshOptimizer() {
        TrainingSpec spec = Line.spec(new Adam(1e-2), 1);
        try (Line source = new Line(spec, TRAIN, 1);
                Line restored = new Line(spec, TRAIN, 1)) {
            source.step(1, Line.Order.ONE_BY_ONE);
            Map<String, Tensor> weights = new HashMap<>();
            source.stages.getFirst().state().weights().forEach(weight -> weights.put(weight.name(), weight.tensor()));
            restored.stages.getFirst().state().restore(weights, 0);

            assertThat(restored.stages.getFirst().optimizer().steps()).isZero();
            assertThat(restored.numbers().get("0.weight"))
                    .isEqualTo(source.numbers().get("0.weight"));
            assertThat(restored.numbers().get("0.weight.exp_avg")).containsOnly(0f);
        }
    }

    @Test
    void aSnapshotIsACopy() {
        try (Line line = new Line(Line.spec(new Sgd(0.1), 1), TRAIN, 1)) {
            Tensor weight = Objects.requireNonNull(line.state().get("0.weight"));
            List<Float> before = RandomChain.values(weight);

            line.step(1, Line.Order.ONE_BY_ONE);

            assertThat(RandomChain.values(weight)).isEqualTo(before);
            assertThat(line.numbers().get("0.weight")).isNotEqualTo(before);
        }
    }

    @Test
    void aCheckpointOfAnotherModelIsRefused() {
        try (Line line = new Line(Line.spec(new Adam(1e-2), 1), TRAIN, 2)) {
            StageModel second = line.stages.getLast();
            Map<String, Tensor> missing = line.state();
            missing.remove("5.bias");
            Map<String, Tensor> otherWeight = line.state();
            otherWeight.put("5.weight", Objects.requireNonNull(otherWeight.get("5.bias")));
            Map<String, Tensor> otherState = line.state();
            otherState.put("5.weight.exp_avg", Objects.requireNonNull(otherState.get("5.bias")));

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> second.state().restore(missing, 1))
                    .withMessage("checkpoint: no tensor 5.bias (expected: one of shape 4); is it of another model?");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> second.state().restore(otherWeight, 1))
                    .withMessage("checkpoint: 5.weight has shape 4 (expected: 4x5); is it of another model?");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> second.state().restore(otherState, 1))
                    .withMessage("checkpoint: 5.weight.exp_avg has shape 4 (expected: 4x5); is it of another model?");
        }
    }

    @Test
    void evaluationChunkByChunkEqualsThePredictor() {
        Dataset test = Line.data(21);
        try (Line line = new Line(Line.spec(new Adam(1e-2), 2), TRAIN, 1)) {
            line.step(2, Line.Order.ONE_BY_ONE);
            StageModel model = line.stages.getFirst();
            Evaluator evaluator = Evaluator.of(model.spec(), test);
            for (int chunk = 0; chunk < model.compute().chunks(test); chunk++) {
                Tensor output = model.compute().infer(test, chunk, null);
                evaluator.add(output, model.compute().targets(test, chunk));
                output.release();
            }
            Evaluation expected = new Predictor(Line.MODEL, line.state()).evaluate(Losses.crossEntropy(), test);

            assertThat(model.compute().chunks(test)).isEqualTo(6);
            assertThat(evaluator.result().confusion()).isEqualTo(expected.confusion());
            assertThat(evaluator.result().loss()).isCloseTo(expected.loss(), within(1e-6));
        }
    }
}
