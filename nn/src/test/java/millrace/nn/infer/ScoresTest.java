package millrace.nn.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import millrace.nn.data.Dataset;
import millrace.nn.data.Normalization;
import millrace.nn.golden.Golden;
import millrace.nn.layer.Layers;
import millrace.nn.loss.Loss;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures of made-up outputs, of a network that gives back what goes in. */
class ScoresTest {
    private static final double TOLERANCE = 1e-12;

    private static List<String> names(int classes) {
        return IntStream.range(0, classes).mapToObj(String::valueOf).toList();
    }

    private static Scores scores(Tensor outputs, Tensor targets, int classes, Optional<Normalization> normalization) {
        Model model = Model.of(outputs.shape().sample(), Layers.flatten());
        Loss loss = classes == 0
                ? Losses.mse()
                : outputs.columns() == 1 ? Losses.binaryCrossEntropy() : Losses.crossEntropy();
        return new Predictor(model, Map.of())
                .scores(loss, new Dataset("made up", outputs, targets, names(classes)), normalization);
    }

    private static void assertMean(ClassScores found, double[] expected) {
        assertThat(found.precision()).isCloseTo(expected[0], within(TOLERANCE));
        assertThat(found.recall()).isCloseTo(expected[1], within(TOLERANCE));
        assertThat(found.f1()).isCloseTo(expected[2], within(TOLERANCE));
    }

    @ParameterizedTest
    @CsvSource({"seven, 7", "two, 2", "one, 2"})
    void classesAreScoredAsByScikitLearn(String name, int classes) {
        Golden golden = Golden.read("scores");
        Scores scores = scores(
                golden.tensor(Arena.ofAuto(), name + ".outputs"),
                golden.labels(Arena.ofAuto(), name + ".labels"),
                classes,
                Optional.empty());
        Evaluation evaluation = scores.evaluation();
        double[] each = golden.doubles(name + ".classes");

        assertThat(evaluation.classScores()).hasSize(classes);
        for (int c = 0; c < classes; c++) {
            ClassScores found = evaluation.classScores().get(c);
            assertMean(found, new double[] {each[c], each[classes + c], each[2 * classes + c]});
            assertThat(found.support()).isEqualTo((long) each[3 * classes + c]);
        }
        assertMean(evaluation.macroScores(), golden.doubles(name + ".macro"));
        assertMean(evaluation.weightedScores(), golden.doubles(name + ".weighted"));
        assertThat(evaluation.accuracy()).isCloseTo(golden.doubles(name + ".accuracy")[0], within(TOLERANCE));
        assertThat(scores.auc().orElseThrow()).isCloseTo(golden.doubles(name + ".auc")[0], within(TOLERANCE));
        assertThat(scores.topFive().isPresent()).isEqualTo(golden.has(name + ".top5"));
        scores.topFive()
                .ifPresent(share -> assertThat(share).isCloseTo(golden.doubles(name + ".top5")[0], within(TOLERANCE)));
        assertThat(scores.regression()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void valuesAreScoredAsByScikitLearnInTheirOwnUnit(boolean normalized) {
        Golden golden = Golden.read("scores");
        Tensor outputs = golden.tensor(Arena.ofAuto(), "values.outputs");
        Tensor targets = golden.tensor(Arena.ofAuto(), "values.targets");
        Optional<Normalization> normalization = normalized
                ? Optional.of(Normalization.of(new double[] {10, 1000}, new double[] {3, 50}))
                : Optional.empty();

        Scores scores = scores(
                normalization.map(n -> shrunk(outputs)).orElse(outputs),
                normalization.map(n -> shrunk(targets)).orElse(targets),
                0,
                normalization);

        RegressionScores found = scores.regression().orElseThrow();
        double tolerance = normalized ? 1e-5 : TOLERANCE;
        assertThat(found.r2()).isCloseTo(golden.doubles("values.r2")[0], within(tolerance));
        assertThat(found.mae() / golden.doubles("values.mae")[0]).isCloseTo(1, within(tolerance));
        assertThat(found.rmse() / golden.doubles("values.rmse")[0]).isCloseTo(1, within(tolerance));
        assertThat(found.targets()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            TargetScores target = found.targets().get(i);
            assertThat(target.r2()).isCloseTo(golden.doubles("values.r2.each")[i], within(tolerance));
            assertThat(target.mae() / golden.doubles("values.mae.each")[i]).isCloseTo(1, within(tolerance));
            assertThat(target.rmse() / golden.doubles("values.rmse.each")[i]).isCloseTo(1, within(tolerance));
        }
        assertThat(scores.auc()).isEmpty();
        assertThat(scores.evaluation().classScores()).isEmpty();
    }

    private static Tensor shrunk(Tensor values) {
        Tensor result = Tensor.zeros(Arena.ofAuto(), ElementType.F32, values.shape());
        for (int i = 0; i < values.shape().size(); i++) {
            boolean first = i % 2 == 0;
            result.setFloat(i, (values.getFloat(i) - (first ? 10 : 1000)) / (first ? 3 : 50));
        }
        return result;
    }

    /** Beside the definition: the share of the pairs of a positive and a negative sample that are ranked rightly. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theAreaIsTheShareOfPairsThatAreRankedRightly(long seed) {
        Random random = new Random(seed);
        int samples = 300 + random.nextInt(300);
        Tensor outputs = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(samples, 1));
        Tensor labels = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(samples));
        for (int i = 0; i < samples; i++) {
            labels.setInt(i, random.nextInt(4) == 0 ? 1 : 0);
            // few values, so that many are equal
            outputs.setFloat(i, random.nextInt(9) + labels.getInt(i));
        }
        double right = 0;
        long pairs = 0;
        for (int p = 0; p < samples; p++) {
            for (int n = 0; n < samples; n++) {
                if (labels.getInt(p) == 1 && labels.getInt(n) == 0) {
                    pairs++;
                    right += (Math.signum(outputs.getFloat(p) - outputs.getFloat(n)) + 1) / 2;
                }
            }
        }

        assertThat(scores(outputs, labels, 2, Optional.empty()).auc().orElseThrow())
                .as("seed " + seed)
                .isCloseTo(right / pairs, within(1e-12));
    }

    @Test
    void whatHasNoMeaningIsNotThere() {
        Tensor outputs = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(3, 2));
        Tensor labels = Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(3));

        assertThat(scores(outputs, labels, 2, Optional.empty()).auc())
                .as("one class alone")
                .isEqualTo(OptionalDouble.empty());
        outputs.setFloat(1, Float.NaN);
        labels.setInt(0, 1);
        assertThat(scores(outputs, labels, 2, Optional.empty()).auc())
                .as("not a number")
                .isEmpty();
    }

    @Test
    void targetsThatAreAllAlikeAreMetOrNot() {
        List<Double> found = new ArrayList<>();
        for (float output : new float[] {2, 3}) {
            Tensor outputs = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(4, 1));
            Tensor targets = Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(4, 1));
            for (int i = 0; i < 4; i++) {
                outputs.setFloat(i, output);
                targets.setFloat(i, 2);
            }
            found.add(scores(outputs, targets, 0, Optional.empty())
                    .regression()
                    .orElseThrow()
                    .r2());
        }

        assertThat(found).containsExactly(1.0, 0.0);
    }
}
