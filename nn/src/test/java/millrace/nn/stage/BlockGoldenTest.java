package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.util.Objects;
import millrace.nn.golden.BothKernels;
import millrace.nn.golden.Close;
import millrace.nn.golden.Golden;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A transformer block, assembled from layers, against PyTorch's. */
class BlockGoldenTest {
    private static final double TOLERANCE = 5e-6;

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void outputAndGradients(Kernels kernels) {
        Golden golden = Golden.read("transformer-block");
        Model model = Model.of(Shape.of(7, 12), Layers.transformerBlock(12, 3));
        Partition.Range middle = new Partition.Range(0, model.layers().size());
        try (Arena arena = Arena.ofConfined();
                LayerRun run = new LayerRun(model, middle, 3, 1, 1, kernels)) {
            for (Parameter parameter : run.parameters()) {
                parameter.unpack(
                        golden.tensor(arena, "block." + parameter.name()).memory(), parameter.value());
            }

            Tensor output = run.forward(0, golden.tensor(arena, "block.x"));
            Close.relative("output", output.toFloats(), golden.floats("block.y"), TOLERANCE);
            output.release();
            run.backward(0, golden.tensor(arena, "block.dy"), false);

            for (Parameter parameter : run.parameters()) {
                Tensor gradient = Tensor.zeros(arena, ElementType.F32, parameter.shape());
                parameter.pack(parameter.gradient(), gradient.memory());
                String name = "block." + parameter.name() + ".grad";
                Close.relative(name, gradient.toFloats(), golden.floats(name), TOLERANCE);
            }
            run.checkDrained();
        }
    }

    @ParameterizedTest
    @MethodSource(BothKernels.ALL)
    void inputGradient(Kernels kernels) {
        Golden golden = Golden.read("transformer-block");
        Model model = Model.of(Shape.of(7, 12), Layers.relu(), Layers.transformerBlock(12, 3));
        Partition.Range middle = new Partition.Range(1, model.layers().size());
        try (Arena arena = Arena.ofConfined();
                LayerRun run = new LayerRun(model, middle, 3, 1, 1, kernels)) {
            for (Parameter parameter : run.parameters()) {
                String name = "block." + (parameter.layer() - 1) + "."
                        + parameter.spec().name();
                parameter.unpack(golden.tensor(arena, name).memory(), parameter.value());
            }

            run.forward(0, golden.tensor(arena, "block.x")).release();
            Tensor delta = Objects.requireNonNull(run.backwardInput(0, golden.tensor(arena, "block.dy")));
            Close.relative("input gradient", delta.toFloats(), golden.floats("block.dx"), TOLERANCE);
            delta.release();
            run.backwardWeight(0, false);
            run.checkDrained();
        }
    }
}
