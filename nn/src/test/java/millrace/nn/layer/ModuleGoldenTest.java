package millrace.nn.layer;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Window;
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

/** Layers against PyTorch's modules: output, input gradient, and every parameter's gradient by PyTorch's name. */
class ModuleGoldenTest {
    private static final double TOLERANCE = 3e-6;

    private static final Window RECTANGLE = new Window(new Window.Edge(2, 1, 1, 1), new Window.Edge(4, 3, 2, 1));

    private static final Map<String, Map<String, Layer>> LAYERS = Map.of(
            "sequence-layers",
            Map.ofEntries(
                    Map.entry("layer-norm", Layers.layerNorm()),
                    Map.entry("positional-embedding", new PositionalEmbedding(9, Initializer.NORMAL)),
                    Map.entry("attention", Layers.attention(3)),
                    Map.entry("attention-not-causal", new SelfAttention(3, false, Initializer.PYTORCH)),
                    Map.entry("rnn", Layers.rnn(10)),
                    Map.entry("lstm", Layers.lstm(10)),
                    Map.entry("gru", Layers.gru(10)),
                    Map.entry("rnn-without-bias", new Recurrent(Recurrent.Cell.RNN, 10, false)),
                    Map.entry("lstm-without-bias", new Recurrent(Recurrent.Cell.LSTM, 10, false)),
                    Map.entry("gru-without-bias", new Recurrent(Recurrent.Cell.GRU, 10, false)),
                    Map.entry("rnn-bidirectional", new Recurrent(Recurrent.Cell.RNN, 6, true, true)),
                    Map.entry("lstm-bidirectional", new Recurrent(Recurrent.Cell.LSTM, 6, true, true)),
                    Map.entry("gru-bidirectional", new Recurrent(Recurrent.Cell.GRU, 6, true, true)),
                    Map.entry("gru-bidirectional-without-bias", new Recurrent(Recurrent.Cell.GRU, 6, false, true)),
                    Map.entry("embedding", Layers.embedding(6, 5))),
            "image-layers",
            Map.ofEntries(
                    Map.entry("conv", Layers.conv2d(8, 3, 1, 0)),
                    Map.entry("conv-stride", Layers.conv2d(6, 3, 2, 1)),
                    Map.entry("conv-groups", conv(new Window(3, 1, 2, 2), 2, true)),
                    Map.entry("conv-depthwise", conv(new Window(3, 1, 1, 1), 4, false)),
                    Map.entry("conv-1x1", conv(new Window(1, 2, 0, 1), 1, false)),
                    Map.entry(
                            "conv-rectangle",
                            conv(new Window(new Window.Edge(3, 1, 1, 1), new Window.Edge(5, 2, 0, 1)), 2, true)),
                    Map.entry(
                            "conv-rectangle-dilated",
                            conv(new Window(new Window.Edge(2, 2, 0, 3), new Window.Edge(3, 1, 2, 1)), 1, false)),
                    Map.entry("max-pool-rectangle", new Pool2d(Pool2d.Kind.MAX, RECTANGLE)),
                    Map.entry("avg-pool-rectangle", new Pool2d(Pool2d.Kind.AVG, RECTANGLE)),
                    Map.entry("avg-pool-rectangle-within", new Pool2d(Pool2d.Kind.AVG, RECTANGLE, false)),
                    Map.entry("max-pool", Layers.maxPool2d(2)),
                    Map.entry("max-pool-overlap", new Pool2d(Pool2d.Kind.MAX, new Window(3, 2, 1, 1))),
                    Map.entry("avg-pool", new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1))),
                    Map.entry("avg-pool-within", new Pool2d(Pool2d.Kind.AVG, new Window(3, 2, 1, 1), false)),
                    Map.entry("global-avg-pool", Layers.globalAvgPool()),
                    Map.entry("batch-norm", Layers.batchNorm())));

    private static Layer conv(Window window, int groups, boolean bias) {
        return new Conv2d(8, window, groups, bias, Initializer.PYTORCH);
    }

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    static Stream<Arguments> cases() {
        return BothKernels.all()
                .flatMap(kernels -> LAYERS.keySet().stream()
                        .sorted()
                        .flatMap(file -> LAYERS.getOrDefault(file, Map.of()).entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(entry -> Arguments.of(kernels, file, entry.getKey(), entry.getValue()))));
    }

    @ParameterizedTest(name = "{0}, {2}")
    @MethodSource("cases")
    void oneMicroBatch(Kernels kernels, String file, String name, Layer layer) {
        Golden golden = Golden.read(file);
        Run run = new Run(golden, name, layer, kernels);

        run.microBatch(0, run.x.rows(), false);

        run.assertGolden();
    }

    /** The second cut is the whole of what is left, the third is empty. */
    @ParameterizedTest(name = "{0}, {2}")
    @MethodSource("cases")
    void gradientsOfMicroBatchesAddUp(Kernels kernels, String file, String name, Layer layer) {
        if (layer.buffers(Shape.of(1)).isEmpty()) {
            Run run = new Run(Golden.read(file), name, layer, kernels);

            run.microBatch(0, 1, false);
            run.microBatch(1, run.x.rows(), true);
            run.microBatch(run.x.rows(), run.x.rows(), true);

            run.assertGolden();
        }
    }

    /** One layer with golden parameters, and what comes out of it. */
    private final class Run {
        private final Golden golden;
        private final String name;
        private final Tensor x;
        private final Tensor dy;
        private final Tensor y;
        private final Tensor dx;
        private final List<Parameter> parameters;
        private final Operator operator;
        private final boolean tokens;
        private final int trained;

        Run(Golden golden, String name, Layer layer, Kernels kernels) {
            this.golden = golden;
            this.name = name;
            this.tokens = layer.inputType() == ElementType.I32;
            this.x = tokens ? golden.labels(arena, name + ".x") : golden.tensor(arena, name + ".x");
            this.dy = golden.tensor(arena, name + ".dy");
            this.y = Tensor.zeros(arena, ElementType.F32, golden.shape(name + ".y"));
            this.dx = Tensor.zeros(arena, ElementType.F32, x.shape());
            Shape sample = x.shape().sample();
            this.parameters = GradientCheck.parameters(arena, layer, sample, 1);
            this.trained = layer.parameters(sample).size();
            for (Parameter parameter : parameters.subList(0, trained)) {
                String key = name + "." + parameter.spec().name();
                parameter.unpack(golden.tensor(arena, key).memory(), parameter.value());
                // what an earlier batch left behind must be replaced by the first micro-batch
                parameter.gradient().fill((byte) 0x41);
            }
            this.operator = layer.operator(sample, parameters, kernels, new RandomKey(1, 0));
        }

        void microBatch(int from, int to, boolean accumulate) {
            Pass pass = GradientCheck.pass(arena, operator, 0, to - from);
            Tensor input = x.slice(from, to);
            Tensor output = y.slice(from, to);
            Tensor delta = dy.slice(from, to);
            operator.forward(pass, input, output);
            if (!tokens) {
                operator.backwardInput(
                        pass, GradientCheck.saved(operator, input, output, delta), delta, dx.slice(from, to));
            }
            operator.backwardWeight(pass, input, delta, accumulate);
        }

        void assertGolden() {
            Close.relative("output", y.toFloats(), golden.floats(name + ".y"), TOLERANCE);
            if (!tokens) {
                Close.relative("input gradient", dx.toFloats(), golden.floats(name + ".dx"), TOLERANCE);
            }
            for (Parameter parameter : parameters.subList(0, trained)) {
                String key = name + "." + parameter.spec().name() + ".grad";
                Tensor gradient = Tensor.zeros(arena, ElementType.F32, parameter.shape());
                parameter.pack(parameter.gradient(), gradient.memory());
                Close.relative(key, gradient.toFloats(), golden.floats(key), TOLERANCE);
            }
            operator.close();
        }
    }
}
