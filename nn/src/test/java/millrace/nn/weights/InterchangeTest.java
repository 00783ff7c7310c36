package millrace.nn.weights;

import static millrace.nn.layer.Layers.dense;
import static millrace.nn.layer.Layers.dropout;
import static millrace.nn.layer.Layers.flatten;
import static millrace.nn.layer.Layers.gelu;
import static millrace.nn.layer.Layers.leakyRelu;
import static millrace.nn.layer.Layers.relu;
import static millrace.nn.layer.Layers.sigmoid;
import static millrace.nn.layer.Layers.softmax;
import static millrace.nn.layer.Layers.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import millrace.nn.infer.Predictor;
import millrace.nn.io.Safetensors;
import millrace.nn.model.Model;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights from PyTorch and to PyTorch; the files are made by make_interchange.py. */
class InterchangeTest {
    private static final Model MODEL = Model.of(
            Shape.of(4, 64),
            flatten(),
            dense(8),
            relu(),
            dense(7),
            tanh(),
            dropout(0.5f),
            dense(6),
            gelu(),
            dense(5),
            leakyRelu(0.1f),
            dense(4),
            sigmoid(),
            dense(3),
            softmax());

    @TempDir
    private Path folder = Path.of("");

    static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(InterchangeTest.class.getResource(name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What PyTorch wrote goes in, what we wrote went into PyTorch: either way the outputs agree. */
    @ParameterizedTest
    @CsvSource({"pytorch.safetensors, pytorch", "ours.safetensors, ours"})
    void bothComputeTheSameOfTheSameFile(String file, String outputs) {
        Map<String, Tensor> golden =
                Safetensors.read(resource("outputs.safetensors")).tensors();
        Tensor expected = Objects.requireNonNull(golden.get(outputs));

        Tensor found = new Predictor(MODEL, WeightsFile.read(resource(file), MODEL))
                .predict(Objects.requireNonNull(golden.get("inputs")));

        assertThat(found.shape()).isEqualTo(expected.shape()).isEqualTo(Shape.of(9, 3));
        for (int i = 0; i < 27; i++) {
            assertThat(found.getFloat(i)).isCloseTo(expected.getFloat(i), within(1e-5f));
        }
    }

    /** So that the file which PyTorch has read is one that is still written like that. */
    @Test
    void whatPyTorchHasReadIsWhatIsWritten() throws IOException {
        Path written = Path.of("target/ours.safetensors");
        Files.createDirectories(written.toAbsolutePath().getParent());
        WeightsFile.write(written, DrawnWeights.of(MODEL, 42));

        assertThat(Files.readAllBytes(written)).isEqualTo(Files.readAllBytes(resource("ours.safetensors")));
    }

    private static final Model SMALL = Model.of(Shape.of(2), dense(3), relu(), dense(1));

    private static SequencedMap<String, Tensor> small() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("0.weight", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(3, 2)));
        tensors.put("0.bias", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(3)));
        tensors.put("2.weight", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(1, 3)));
        tensors.put("2.bias", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(1)));
        return tensors;
    }

    private void refused(SequencedMap<String, Tensor> tensors, String message) {
        Path file = folder.resolve("w.safetensors");
        Safetensors.write(file, tensors, new TreeMap<>());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightsFile.read(file, SMALL))
                .withMessage(file + ": " + message);
    }

    @Test
    void whatIsMissingIsNamedWithItsLayerAndShape() {
        SequencedMap<String, Tensor> tensors = small();
        tensors.remove("2.weight");
        tensors.remove("2.bias");
        refused(
                tensors,
                "no tensor 2.weight, 2.bias (expected: 2.weight of shape 1x3, layer 2 (dense)); is it of another"
                        + " network? a layer's number counts layers without weights too; it holds 2 tensors: 0.weight 3x2,"
                        + " 0.bias 3");
    }

    @Test
    void whatIsTooMuchIsNamed() {
        SequencedMap<String, Tensor> tensors = small();
        tensors.put("4.weight", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(1)));
        refused(
                tensors,
                "tensors that the network has not: 4.weight (expected: only 0.weight, 0.bias, 2.weight, 2.bias); is it"
                        + " of another network? it holds 5 tensors: 0.weight 3x2, 0.bias 3, 2.weight 1x3, 2.bias 1,"
                        + " 4.weight 1");
    }

    @Test
    void anotherShapeIsNamedBesideTheExpectedOne() {
        SequencedMap<String, Tensor> tensors = small();
        tensors.put("2.weight", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(3, 1)));
        refused(
                tensors,
                "2.weight has shape 3x1 (expected: 1x3, layer 2 (dense)); it is transposed, as Keras has it: Linear"
                        + " weights are out x in; it holds 4 tensors: 0.weight 3x2, 0.bias 3, 2.weight 3x1, 2.bias 1");
        tensors.put("2.weight", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(1, 4)));
        refused(
                tensors,
                "2.weight has shape 1x4 (expected: 1x3, layer 2 (dense)); is it of another network? Linear weights are"
                        + " out x in; it holds 4 tensors: 0.weight 3x2, 0.bias 3, 2.weight 1x4, 2.bias 1");
    }

    @Test
    void wholeNumbersAreNoWeights() {
        SequencedMap<String, Tensor> tensors = small();
        tensors.put("0.bias", Tensor.zeros(Arena.ofAuto(), ElementType.I32, Shape.of(3)));
        refused(
                tensors,
                "0.bias holds whole numbers (expected: F32, 3, layer 0 (dense)); convert it where the file was made;"
                        + " it holds 4 tensors: 0.weight 3x2, 0.bias 3 of whole numbers, 2.weight 1x3, 2.bias 1");
    }

    @Test
    void aModuleInsideAnotherIsRecognised() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        small().forEach((name, tensor) -> tensors.put("net.layers." + name, tensor));
        refused(
                tensors,
                "names begin with net.layers. (expected: names such as 0.weight); save the state_dict() of the"
                        + " nn.Sequential itself; it holds 4 tensors: net.layers.0.weight 3x2, net.layers.0.bias 3,"
                        + " net.layers.2.weight 1x3, net.layers.2.bias 1");
    }

    @Test
    void otherNamesAreFoundByTheirShapes() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        small().forEach((name, tensor) ->
                tensors.put(name.startsWith("0") ? "hidden" + name.substring(1) : "out" + name.substring(1), tensor));
        refused(
                tensors,
                "no tensor 0.weight, 0.bias, 2.weight, 2.bias (expected: 0.weight of shape 3x2, layer 0 (dense)); by its"
                        + " shapes, rename hidden.weight to 0.weight, hidden.bias to 0.bias, out.weight to 2.weight,"
                        + " out.bias to 2.bias; is it of another network? a layer's number counts layers without weights"
                        + " too; it holds 4 tensors: hidden.weight 3x2, hidden.bias 3, out.weight 1x3, out.bias 1");
    }

    /** Two of one shape: which was meant is not for us to say. */
    @Test
    void whereShapesLeaveItOpenTheCandidatesAreNamed() {
        SequencedMap<String, Tensor> tensors = small();
        Tensor weight = tensors.remove("2.weight");
        tensors.put("a", weight);
        tensors.put("b", weight);
        refused(
                tensors,
                "no tensor 2.weight (expected: 2.weight of shape 1x3, layer 2 (dense)); of that shape it has a, b; is it"
                        + " of another network? a layer's number counts layers without weights too; it holds 5 tensors:"
                        + " 0.weight 3x2, 0.bias 3, 2.bias 1, a 1x3, b 1x3");
    }

    @Test
    void onlyTheFirstOfManyNamesAreListed() {
        SequencedMap<String, Tensor> tensors = small();
        for (int i = 10; i < 18; i++) {
            tensors.put(i + ".weight", Tensor.zeros(Arena.ofAuto(), ElementType.F32, Shape.of(1)));
        }
        refused(
                tensors,
                "tensors that the network has not: 10.weight, 11.weight, 12.weight, 13.weight, 14.weight, 15.weight"
                        + " and 2 more (expected: only 0.weight, 0.bias, 2.weight, 2.bias); is it of another network?"
                        + " it holds 12 tensors: 0.weight 3x2, 0.bias 3, 2.weight 1x3, 2.bias 1, 10.weight 1, 11.weight 1"
                        + " and 6 more");
    }
}
