package millrace.nn.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.List;
import millrace.nn.backend.Backend;
import millrace.nn.data.Targets;
import millrace.nn.loss.Losses;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
    private static Tensor outputs(int rows, int columns, float... values) {
        return Tensor.of(Arena.ofAuto(), Shape.of(rows, columns), values);
    }

    private static Tensor labels(int... labels) {
        return Tensor.labels(Arena.ofAuto(), labels);
    }

    @Test
    void confusionHasTrueClassesAsRowsAndPredictedOnesAsColumns() {
        Evaluator evaluator =
                new Evaluator(Losses.crossEntropy(), 3, Backend.fast().float32());
        evaluator.add(outputs(3, 3, 9, 1, 2, 1, 9, 2, 1, 9, 2), Targets.of(labels(0, 1, 2)));
        evaluator.add(outputs(1, 3, 1, 2, 9), Targets.of(labels(2)));

        Evaluation evaluation = evaluator.result();

        assertThat(evaluation.samples()).isEqualTo(4);
        assertThat(evaluation.confusion())
                .containsExactly(List.of(1L, 0L, 0L), List.of(0L, 1L, 0L), List.of(0L, 1L, 1L));
        assertThat(evaluation.isClassification()).isTrue();
        assertThat(evaluation.accuracy()).isEqualTo(0.75);
    }

    @Test
    void lossIsTheMeanOverAllSamplesOfAllChunks() {
        Evaluator evaluator = new Evaluator(Losses.mse(), 0, Backend.fast().float32());
        evaluator.add(outputs(2, 1, 1, 2), Targets.of(outputs(2, 1, 0, 0)));
        evaluator.add(outputs(1, 1, 4), Targets.of(outputs(1, 1, 0)));

        Evaluation evaluation = evaluator.result();

        assertThat(evaluation.loss()).isCloseTo((1 + 4 + 16) / 3.0, within(1e-12));
        assertThat(evaluation.isClassification()).isFalse();
        assertThat(evaluation.accuracy()).isNaN();
    }

    @Test
    void positionsOfSequencesCountEach() {
        Evaluator evaluator =
                new Evaluator(Losses.crossEntropy(), 2, Backend.fast().float32());
        Tensor output = outputs(6, 2, 9, 0, 0, 9, 9, 0, 9, 0, 0, 9, 9, 0).reshape(Shape.of(2, 3, 2));
        evaluator.add(output, Targets.of(labels(0, 1, 1, -100, -100, 0).reshape(Shape.of(2, 3))));

        Evaluation evaluation = evaluator.result();

        assertThat(evaluation.samples()).isEqualTo(2);
        assertThat(evaluation.confusion()).containsExactly(List.of(2L, 0L), List.of(1L, 1L));
        assertThat(evaluation.accuracy()).isEqualTo(0.75);
        // three right by a margin of 9, one wrong by it
        double right = Math.log1p(Math.exp(-9));
        assertThat(evaluation.loss()).isCloseTo((3 * right + 9 + right) / 4, within(1e-6));
    }

    @Test
    void oneLogitSaysClassOneAboveZero() {
        Evaluator evaluator =
                new Evaluator(Losses.binaryCrossEntropy(), 2, Backend.fast().float32());
        evaluator.add(outputs(3, 1, -1, 0, 1), Targets.of(labels(0, 0, 1)));

        assertThat(evaluator.result().accuracy()).isEqualTo(1);
    }

    @Test
    void ofEqualOutputsTheFirstWins() {
        assertThat(Evaluator.predictedClass(outputs(2, 3, 0, 0, 0, 1, 7, 7), 0, 0))
                .isZero();
        assertThat(Evaluator.predictedClass(outputs(2, 3, 0, 0, 0, 1, 7, 7), 1, 0))
                .isEqualTo(1);
    }

    @Test
    void anOutputBeyondTheClassesIsOneOfItsOwn() {
        Evaluator evaluator =
                new Evaluator(Losses.crossEntropy(), 4, Backend.fast().float32());
        evaluator.add(outputs(1, 4, 0, 0, 0, 9), Targets.of(labels(1)));

        assertThat(evaluator.result().confusion().get(1)).containsExactly(0L, 0L, 0L, 1L);
        assertThat(evaluator.result().accuracy()).isZero();
    }
}
