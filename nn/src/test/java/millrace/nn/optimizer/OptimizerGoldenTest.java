package millrace.nn.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.optimizer.Optimizer.Adam;
import millrace.nn.optimizer.Optimizer.NAdam;
import millrace.nn.optimizer.Optimizer.RmsProp;
import millrace.nn.optimizer.Optimizer.Sgd;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten steps of each optimizer against PyTorch's, weights and state after each of them. */
class OptimizerGoldenTest {
    private static final int STEPS = 10;
    /** Of the largest magnitude that the element has in the ten steps: a few roundings of a float each step. */
    private static final double TOLERANCE = 1e-6;

    private static final Map<String, Optimizer> OPTIMIZERS = Map.ofEntries(
            Map.entry("sgd", new Sgd(0.1)),
            Map.entry("sgd-momentum", new Sgd(0.1, 0.9)),
            Map.entry("sgd-nesterov", new Sgd(0.1, 0.9, true, 0)),
            Map.entry("sgd-decay", new Sgd(0.1, 0, false, 0.05)),
            Map.entry("sgd-nesterov-decay", new Sgd(0.1, 0.9, true, 0.05)),
            Map.entry("sgd-dampening", new Sgd(0.1, 0.9, false, 0.05, 0.3)),
            Map.entry("adam-amsgrad", new Adam(0.05, 0.8, 0.5, 1e-8, 0, false, true)),
            Map.entry("adamw-amsgrad", new Adam(0.05, 0.8, 0.5, 1e-8, 0.1, true, true)),
            Map.entry("rmsprop-centred", new RmsProp(0.01, 0.9, 1e-8, 0, 0, true)),
            Map.entry("rmsprop-centred-momentum", new RmsProp(0.01, 0.8, 1e-6, 0.05, 0.9, true)),
            Map.entry("adagrad-initial", new Adagrad(0.1, 0, 1e-10, 0, 0.5)),
            Map.entry("adam", new Adam(0.05)),
            Map.entry("adam-decay", new Adam(0.05, 0.8, 0.95, 1e-6, 0.1, false)),
            Map.entry("adamw", Adam.adamW(0.05)),
            Map.entry("adamw-decay", new Adam(0.05, 0.8, 0.95, 1e-6, 0.2, true)),
            Map.entry("nadam", new NAdam(0.05)),
            Map.entry("nadam-decay", new NAdam(0.05, 0.8, 0.95, 1e-6, 0.1, 0.5, false)),
            Map.entry("nadamw", NAdam.nAdamW(0.05)),
            Map.entry("nadamw-decay", new NAdam(0.05, 0.8, 0.95, 1e-6, 0.2, 0.5, true)),
            Map.entry("rmsprop", new RmsProp(0.01)),
            Map.entry("rmsprop-momentum", new RmsProp(0.01, 0.9, 1e-6, 0.05, 0.9)),
            Map.entry("adagrad", new Adagrad(0.1)),
            Map.entry("adagrad-decay", new Adagrad(0.1, 0.1, 1e-6, 0.05)));

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<Arguments> optimizers() {
        return BothKernels.all()
                .flatMap(kernels -> OPTIMIZERS.keySet().stream()
                        .sorted()
                        .map(name -> Arguments.of(kernels, name, OPTIMIZERS.get(name))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("optimizers")
    void weightsAndStatesArePyTorchs(Kernels kernels, String name, Optimizer optimizer) {
        Golden golden = Golden.read("optimizers");
        Parameter weight = parameter(0, golden.tensor(arena, "initial"));
        OptimizerState state = new OptimizerState(arena, UpdatePolicy.of(optimizer), List.of(weight));
        Tensor gradients = golden.tensor(arena, "gradients");
        List<float[]> weights = new ArrayList<>();
        List<List<float[]>> states = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            weight.unpack(gradients.slice(step, step + 1).memory(), weight.gradient());
            state.step(kernels);
            weights.add(packed(weight, weight.value()));
            List<float[]> buffers = new ArrayList<>();
            for (int i = 0; i < optimizer.states().size(); i++) {
                buffers.add(packed(weight, state.buffer(0, i)));
            }
            states.add(buffers);
        }

        assertThat(state.steps()).isEqualTo(STEPS);
        assertHistory(name + ".weight", weights, golden);
        for (int i = 0; i < optimizer.states().size(); i++) {
            int buffer = i;
            assertHistory(
                    name + "." + optimizer.states().get(i),
                    states.stream().map(s -> s.get(buffer)).toList(),
                    golden);
        }
    }

    /** PyTorch multiplies step by step in float. */
    @ParameterizedTest
    @ValueSource(strings = {"nadam", "nadam-decay", "nadamw", "nadamw-decay"})
    void productsOfMomentaArePyTorchs(String name) {
        NAdam optimizer = (NAdam) Objects.requireNonNull(OPTIMIZERS.get(name));
        float[] expected = Golden.read("optimizers").floats(name + ".mu_product");
        for (int step = 1; step <= STEPS; step++) {
            assertThat(optimizer.momentumProduct(step))
                    .as("step %d", step)
                    .isCloseTo(expected[step - 1], withinPercentage(1e-4));
        }
    }

    static Stream<Arguments> penalties() {
        float none = Float.POSITIVE_INFINITY;
        return BothKernels.all()
                .flatMap(kernels -> Stream.of(
                        Arguments.of(kernels, "l1", new GradientShaping(0.3f, 0, none)),
                        Arguments.of(kernels, "l2", new GradientShaping(0, 0.2f, none)),
                        Arguments.of(kernels, "clip", new GradientShaping(0, 0, 0.5f)),
                        Arguments.of(kernels, "all", new GradientShaping(0.3f, 0.2f, 0.5f))));
    }

    /** SGD with momentum and weight decay behind penalties and clipping; the bias gets the clipping alone. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("penalties")
    void penaltiesAndClippingArePyTorchs(Kernels kernels, String name, GradientShaping shaping) {
        Golden golden = Golden.read("penalties");
        Parameter weight = parameter(0, golden.tensor(arena, "initial.weight"));
        Parameter bias = parameter(1, golden.tensor(arena, "initial.bias"));
        UpdatePolicy policy = new UpdatePolicy(new Sgd(0.1, 0.9, false, 0.05), new LearningRate.Constant(), 1, shaping);
        OptimizerState state = new OptimizerState(arena, policy, List.of(weight, bias));
        Tensor weightGradients = golden.tensor(arena, "gradients.weight");
        Tensor biasGradients = golden.tensor(arena, "gradients.bias");
        List<float[]> weights = new ArrayList<>();
        List<float[]> biases = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            weight.unpack(weightGradients.slice(step, step + 1).memory(), weight.gradient());
            bias.unpack(biasGradients.slice(step, step + 1).memory(), bias.gradient());
            state.step(kernels);
            weights.add(packed(weight, weight.value()));
            biases.add(packed(bias, bias.value()));
        }

        assertHistory(name + ".weight", weights, golden);
        assertHistory(name + ".bias", biases, golden);
    }

    private Parameter parameter(int index, Tensor values) {
        Shape shape = values.shape();
        Parameter parameter = new Parameter(arena, 0, index, new ParameterSpec("p", shape, Initializer.ZEROS, 1, 1), 1);
        parameter.unpack(values.memory(), parameter.value());
        return parameter;
    }

    private float[] packed(Parameter parameter, MemorySegment from) {
        Tensor values = Tensor.zeros(arena, ElementType.F32, parameter.shape());
        parameter.pack(from, values.memory());
        return values.toFloats();
    }

    /** Each element against its own largest magnitude, so that large elements do not hide errors of small ones. */
    private static void assertHistory(String name, List<float[]> actual, Golden golden) {
        float[] expected = golden.floats(name);
        int elements = expected.length / STEPS;
        for (int i = 0; i < elements; i++) {
            double largest = 0;
            for (int step = 0; step < STEPS; step++) {
                largest = Math.max(largest, Math.abs(expected[step * elements + i]));
            }
            for (int step = 0; step < STEPS; step++) {
                float value = actual.get(step)[i];
                float wanted = expected[step * elements + i];
                assertThat(Math.abs((double) value - wanted) <= TOLERANCE * largest)
                        .as("%s [%d] after step %d: %s (expected: %s)", name, i, step + 1, value, wanted)
                        .isTrue();
            }
        }
    }
}
