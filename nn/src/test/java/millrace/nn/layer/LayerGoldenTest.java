package millrace.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer.RandomKey;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers against PyTorch's values. */
class LayerGoldenTest {
    private static final double TOLERANCE = 1e-6;
    private static final RandomKey KEY = new RandomKey(1, 0);

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<Arguments> activations() {
        return BothKernels.all()
                .flatMap(kernels -> Stream.of(
                                Layers.relu(),
                                Layers.leakyRelu(0.01f),
                                Layers.sigmoid(),
                                Layers.tanh(),
                                Layers.gelu(),
                                Layers.silu(),
                                Layers.elu(0.7f),
                                Layers.softmax())
                        .map(layer -> Arguments.of(kernels, layer)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("activations")
    void activations(Kernels kernels, Layer layer) {
        Golden golden = Golden.read("activations");
        Tensor x = golden.tensor(arena, "x");
        Tensor dy = golden.tensor(arena, "dy");
        Operator operator = layer.operator(x.shape().sample(), List.of(), kernels, KEY);
        Tensor y = Tensor.zeros(arena, ElementType.F32, x.shape());
        Tensor dx = Tensor.zeros(arena, ElementType.F32, x.shape());

        operator.forward(Pass.INFERENCE, x, y);
        operator.backwardInput(Pass.INFERENCE, GradientCheck.saved(operator, x, y, dy), dy, dx);

        Close.relative("output", y.toFloats(), golden.floats(layer.type() + ".y"), TOLERANCE);
        Close.relative("input gradient", dx.toFloats(), golden.floats(layer.type() + ".dx"), TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void dense(Kernels kernels) {
        Golden golden = Golden.read("dense");
        Tensor x = golden.tensor(arena, "x");
        Tensor dy = golden.tensor(arena, "dy");
        Layer layer = Layers.dense(3);
        List<Parameter> parameters = parameters(golden, layer, "w", "b");
        Operator operator = layer.operator(Shape.of(7), parameters, kernels, KEY);
        Tensor y = Tensor.zeros(arena, ElementType.F32, dy.shape());
        Tensor dx = Tensor.zeros(arena, ElementType.F32, x.shape());

        operator.forward(Pass.INFERENCE, x, y);
        operator.backwardInput(Pass.INFERENCE, dy, dy, dx);
        operator.backwardWeight(Pass.INFERENCE, x, dy, false);

        Close.relative("output", y.toFloats(), golden.floats("y"), TOLERANCE);
        Close.relative("input gradient", dx.toFloats(), golden.floats("dx"), TOLERANCE);
        assertGradients(golden, parameters);
    }

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void denseAccumulatesMicroBatches(Kernels kernels) {
        Golden golden = Golden.read("dense");
        Tensor x = golden.tensor(arena, "x");
        Tensor dy = golden.tensor(arena, "dy");
        Layer layer = Layers.dense(3);
        List<Parameter> parameters = parameters(golden, layer, "w", "b");
        Operator operator = layer.operator(Shape.of(7), parameters, kernels, KEY);

        // what an earlier batch left behind must be replaced by the first micro-batch
        for (Parameter parameter : parameters) {
            parameter.gradient().fill((byte) 0x41);
        }
        operator.backwardWeight(Pass.INFERENCE, x.slice(0, 2), dy.slice(0, 2), false);
        operator.backwardWeight(Pass.INFERENCE, x.slice(2, 5), dy.slice(2, 5), true);

        assertGradients(golden, parameters);
    }

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void denseWithoutBias(Kernels kernels) {
        Golden golden = Golden.read("dense");
        Tensor x = golden.tensor(arena, "x");
        Layer layer = new Dense(3, false, Initializer.PYTORCH);
        List<Parameter> parameters = parameters(golden, layer, "w");
        Operator operator = layer.operator(Shape.of(7), parameters, kernels, KEY);
        Tensor y = Tensor.zeros(arena, ElementType.F32, Shape.of(5, 3));

        operator.forward(Pass.INFERENCE, x, y);
        operator.backwardWeight(Pass.INFERENCE, x, golden.tensor(arena, "dy"), false);

        assertThat(parameters).hasSize(1);
        Close.relative("output", y.toFloats(), golden.floats("y.without-bias"), TOLERANCE);
        assertGradients(golden, parameters);
    }

    private List<Parameter> parameters(Golden golden, Layer layer, String... names) {
        List<Parameter> parameters = GradientCheck.parameters(arena, layer, Shape.of(7), 1);
        for (int i = 0; i < names.length; i++) {
            Parameter parameter = parameters.get(i);
            parameter.unpack(golden.tensor(arena, names[i]).memory(), parameter.value());
        }
        return parameters;
    }

    private void assertGradients(Golden golden, List<Parameter> parameters) {
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            Tensor gradient = Tensor.zeros(arena, ElementType.F32, parameter.shape());
            parameter.pack(parameter.gradient(), gradient.memory());
            Close.relative(parameter.name(), gradient.toFloats(), golden.floats(i == 0 ? "dw" : "db"), TOLERANCE);
        }
    }
}
