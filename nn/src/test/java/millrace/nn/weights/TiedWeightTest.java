package millrace.nn.weights;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.embedding;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.tanh;
import static millrace.nn.layer.Layers.tiedDense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import millrace.nn.curvature.Curvature;
import millrace.nn.data.Dataset;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.io.Safetensors;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.layer.Dense;
import millrace.nn.layer.Parameter;
import millrace.nn.loss.Losses;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.model.TrainingSpec;
import millrace.nn.optimizer.GradientGuard;
import millrace.nn.optimizer.LearningRate;
import millrace.nn.optimizer.Optimizer;
import millrace.nn.optimizer.UpdatePolicy;
import millrace.nn.stage.StageModel;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiedWeightTest {
    private static final int VOCABULARY = 7;
    private static final int CONTEXT = 4;
    private static final int SAMPLES = 6;
    private static final double TOLERANCE = 5e-6;
    private static final Model MODEL = Model.of(
            Shape.of(CONTEXT), embedding(VOCABULARY, 5), dense(5), tanh(), Dense.tiedToEmbedding(VOCABULARY, true));
    private static final List<String> NAMES = List.of("0.weight", "1.weight", "1.bias", "3.weight", "3.bias");

    @TempDir
    private Path folder = Path.of("");

    private static TrainingSpec spec(int microBatches) {
        return spec(microBatches, GradientShaping.NONE);
    }

    private static TrainingSpec spec(int microBatches, GradientShaping shaping) {
        Optimizer adamW = new Optimizer.Adam(0.05, 0.9, 0.999, 1e-8, 0.1, true);
        UpdatePolicy policy = new UpdatePolicy(adamW, new LearningRate.Constant(), 1, shaping)
                .with(GradientGuard.ofModel(0.3, false));
        return new TrainingSpec(MODEL, Losses.crossEntropy(), policy, SAMPLES, microBatches, false, 1);
    }

    private static Dataset data(Golden golden) {
        return new Dataset(
                "golden",
                tokens(golden, "tokens"),
                tokens(golden, "targets"),
                IntStream.range(0, VOCABULARY).mapToObj(String::valueOf).toList());
    }

    private static Tensor tokens(Golden golden, String name) {
        return golden.labels(Arena.ofAuto(), name).reshape(Shape.of(SAMPLES, CONTEXT));
    }

    private static float[] gradient(Parameter parameter) {
        Tensor packed = Tensor.zeros(Arena.ofAuto(), ElementType.F32, parameter.shape());
        parameter.pack(parameter.gradient(), packed.memory());
        return packed.toFloats();
    }

    private static Map<String, float[]> weights(StageModel model) {
        Map<String, float[]> weights = new HashMap<>();
        model.state()
                .weights()
                .forEach(weight -> weights.put(weight.name(), weight.tensor().toFloats()));
        return weights;
    }

    private static <T> T found(Map<String, T> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    @ParameterizedTest
    @CsvSource({
        "1, tied-embedding, 0, 0",
        "3, tied-embedding, 0, 0",
        "1, tied-embedding-penalties, 0.01, 0.02",
        "3, tied-embedding-penalties, 0.01, 0.02"
    })
    void lossesGradientsNormsAndWeightsArePyTorchs(int microBatches, String values, float l1, float l2) {
        Golden golden = Golden.read(values);
        GradientShaping shaping = new GradientShaping(l1, l2, Float.POSITIVE_INFINITY);
        Map<String, Tensor> initial = new LinkedHashMap<>();
        NAMES.forEach(name -> initial.put(name, golden.tensor(Arena.ofAuto(), "initial." + name)));
        try (StageModel model = StageModel.whole(spec(microBatches, shaping), Partition.whole(MODEL), data(golden))) {
            model.state().restore(initial, 0);
            for (int step = 0; step < 3; step++) {
                for (int i = 0; i < microBatches; i++) {
                    model.compute().forward(step, i, null);
                    model.compute().backward(step, i, null);
                }
                double squares = GradientGuard.sum(model.optimizer().measure().stream()
                        .flatMap(List::stream)
                        .toList());
                for (int parameter : List.of(0, 3)) {
                    String name = step + ".gradient";
                    Close.relative(name, gradient(model.parameters().get(parameter)), golden.floats(name), TOLERANCE);
                }
                float[] norm = {(float) Math.sqrt(squares)};
                Close.relative("norm", norm, golden.floats(step + ".norm"), TOLERANCE);
                model.optimizer().admit(squares);
                model.optimizer().step();
                float[] loss = {(float) model.compute().takeLoss(step)};
                Close.relative("loss", loss, golden.floats(step + ".loss"), TOLERANCE);
                Map<String, float[]> weights = weights(model);
                for (String name : NAMES) {
                    String expected = step + "." + name;
                    Close.relative(expected, found(weights, name), golden.floats(expected), 5e-5);
                }
                assertThat(weights.get("3.weight")).containsExactly(weights.get("0.weight"));
            }
        }
    }

    @Test
    void twoStagesThatExchangeTheirSharesEqualOne() {
        Golden golden = Golden.read("tied-embedding");
        TrainingSpec spec = spec(2);
        Partition two = new Partition(List.of(0, 3), 4);
        try (StageModel whole = StageModel.whole(spec, two, data(golden));
                StageModel first = new StageModel(spec, two.range(0), data(golden), 4);
                StageModel second = new StageModel(spec, two.range(1), data(golden), 4)) {
            assertThat(List.of(
                            whole.optimizer().sharesWeight(),
                            first.optimizer().sharesWeight(),
                            second.optimizer().sharesWeight()))
                    .containsExactly(false, true, true);
            for (int step = 0; step < 3; step++) {
                for (int i = 0; i < 2; i++) {
                    whole.compute().forward(step, i, null);
                    whole.compute().backward(step, i, null);
                    second.compute().forward(step, i, first.compute().forward(step, i, null));
                    first.compute().backward(step, i, second.compute().backward(step, i, null));
                }
                Tensor ofFirst = first.optimizer().tiedShare();
                Tensor ofSecond = second.optimizer().tiedShare();
                first.optimizer().addTiedShare(ofSecond);
                second.optimizer().addTiedShare(ofFirst);
                ofFirst.release();
                ofSecond.release();
                double squares = GradientGuard.sum(whole.optimizer().measure().stream()
                        .flatMap(List::stream)
                        .toList());
                List<Double> apart = new ArrayList<>(first.optimizer().measure().getFirst());
                apart.addAll(second.optimizer().measure().getFirst());
                assertThat(GradientGuard.sum(apart)).isEqualTo(squares);
                for (StageModel model : List.of(whole, first, second)) {
                    model.optimizer().admit(squares);
                    model.optimizer().step();
                }
                Map<String, float[]> parts = weights(first);
                parts.putAll(weights(second));
                weights(whole)
                        .forEach((name, values) ->
                                assertThat(parts.get(name)).as(name).containsExactly(values));
            }
            first.checkDrained();
            second.checkDrained();
        }
    }

    @Test
    void aStepWithoutTheOtherShareIsRefused() {
        Golden golden = Golden.read("tied-embedding");
        Partition two = new Partition(List.of(0, 3), 4);
        TrainingSpec spec = spec(1).with(UpdatePolicy.of(new Optimizer.Sgd(0.1)));
        try (StageModel first = new StageModel(spec, two.range(0), data(golden), 4)) {
            Tensor activation = Objects.requireNonNull(first.compute().forward(0, 0, null));
            first.compute().backward(0, 0, Tensor.zeros(Arena.ofAuto(), ElementType.F32, activation.shape()));
            activation.release();
            assertThatIllegalStateException()
                    .isThrownBy(() -> first.optimizer().step())
                    .withMessage("gradient of a tied weight without the other stage's share (expected: added before)");
            Tensor share = first.optimizer().tiedShare();
            assertThatIllegalStateException()
                    .isThrownBy(first::checkDrained)
                    .withMessageStartingWith("shares of the tied weight's gradient: 1 buffers not returned");
            first.optimizer().addTiedShare(share);
            assertThatIllegalStateException()
                    .isThrownBy(() -> first.optimizer().addTiedShare(share))
                    .withMessageContaining("expected: one a step");
            share.release();
            first.optimizer().step();
            first.checkDrained();
        }
    }

    @Test
    void bothCopiesBeginEqualAndCountOnce() {
        try (StageModel model =
                StageModel.whole(spec(1), Partition.whole(MODEL), data(Golden.read("tied-embedding")))) {
            Map<String, float[]> weights = weights(model);
            assertThat(weights.get("3.weight")).containsExactly(weights.get("0.weight"));
        }
        assertThat(MODEL.parameterCount()).isEqualTo(7 * 5 + 5 * 5 + 5 + 7);
        assertThat(MODEL.parameterCount(1, 4)).isEqualTo(5 * 5 + 5 + 7 * 5 + 7);
    }

    @Test
    void whatCannotBeTiedIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(3), dense(4), relu(), tiedDense(3)))
                .withMessage("layer 2 (dense): tied to dense (expected: a model that begins with an embedding)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(3), embedding(7, 5), dense(6), tiedDense(7)))
                .withMessage(
                        "layer 2 (dense): weight of shape 7x6 tied to one of 7x5 (expected: equal shapes); give it as"
                                + " many units as the embedding has tokens, and inputs of the embedding's width");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.of(Shape.of(3), embedding(5, 5), tiedDense(5), tiedDense(5)))
                .withMessage("layer 2 (dense): a second layer tied to the embedding (expected: one)");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Curvature.of(spec(1), data(Golden.read("tied-embedding")), Map.of(), 0, Curvature.ITERATIONS))
                .withMessageStartingWith("curvature of a model with a tied embedding (expected:");
        assertThat(MODEL.tied()).hasValue(3);
    }

    @Test
    void weightFilesMayHaveItOnceButNotTwiceDifferently() {
        Golden golden = Golden.read("tied-embedding");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        NAMES.forEach(name -> tensors.put(name, golden.tensor(Arena.ofAuto(), "initial." + name)));
        float[] table = found(tensors, "0.weight").toFloats();
        for (String left : List.of("", "0.weight", "3.weight")) {
            Map<String, Tensor> saved = new LinkedHashMap<>(tensors);
            saved.remove(left);
            Map<String, Tensor> read = WeightsFile.read(written(saved), MODEL);
            assertThat(found(read, "0.weight").toFloats()).containsExactly(table);
            assertThat(found(read, "3.weight").toFloats()).containsExactly(table);
        }
        tensors.put("3.weight", golden.tensor(Arena.ofAuto(), "0.3.weight"));
        Path differing = written(tensors);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightsFile.read(differing, MODEL))
                .withMessage(
                        differing + ": 0.weight and 3.weight differ (expected: equal weights, layer 3 is tied to the"
                                + " embedding); is it of a network whose embedding is not tied?");
    }

    @Test
    void differentWeightsCannotBecomeOne() {
        Golden golden = Golden.read("tied-embedding");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        NAMES.forEach(name -> tensors.put(name, golden.tensor(Arena.ofAuto(), "initial." + name)));
        tensors.put("3.weight", golden.tensor(Arena.ofAuto(), "0.3.weight"));

        try (StageModel model = StageModel.whole(spec(1), Partition.whole(MODEL), data(golden))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.state().restore(tensors, 0))
                    .withMessage("weights: embedding and tied layer differ (expected: equal weights); were they trained"
                            + " without tied = embedding?");
        }
    }

    private Path written(Map<String, Tensor> tensors) {
        Path file = folder.resolve("w.safetensors");
        Safetensors.write(file, new LinkedHashMap<>(tensors), new TreeMap<>());
        return file;
    }
}
