package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention and recurrent cells with bfloat16 products: by this processor as by plain loops that round in software. */
class Bf16SequencesTest {
    // sums in another order change the last bits of a state, and then what it is rounded to
    private static final double A_ROUNDING = 0.01;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 16);
    }

    private static Layer layer(Random random) {
        int hidden = 1 + random.nextInt(40);
        return switch (random.nextInt(5)) {
            case 0 -> Layers.rnn(hidden);
            case 1 -> Layers.lstm(hidden);
            case 2 -> Layers.gru(hidden);
            case 3 -> Layers.bidirectionalLstm(hidden);
            default -> Layers.attention(random.nextBoolean() ? 1 : 2);
        };
    }

    private static List<float[]> results(Model model, Kernels kernels, long seed) {
        Random random = new Random(seed);
        List<float[]> results = new ArrayList<>();
        int layers = model.layers().size();
        try (LayerRun run = new LayerRun(model, new Partition.Range(1, layers), 5, 3, 2, kernels)) {
            for (int i = 0; i < 2; i++) {
                int rows = 1 + random.nextInt(5);
                Tensor output = run.forward(i, RandomChain.random(random, run.inputShape(), rows));
                results.add(output.toFloats());
                output.release();
                Tensor delta = run.backward(i, RandomChain.random(random, run.outputShape(), rows), i > 0);
                results.add(Objects.requireNonNull(delta).toFloats());
                delta.release();
            }
            for (Parameter parameter : run.parameters()) {
                float[] packed = new float[Math.toIntExact(parameter.shape().size())];
                Tensor gradient = Tensor.of(Arena.ofAuto(), parameter.shape(), packed);
                parameter.pack(parameter.gradient(), gradient.memory());
                results.add(gradient.toFloats());
            }
            run.checkDrained();
        }
        return results;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void areNearTheReference(long seed) {
        Random random = new Random(seed);
        Shape input = Shape.of(1 + random.nextInt(9), 2 * (1 + random.nextInt(16)));
        // the first layer passes no delta back
        Model model = Model.of(input, Layers.dense(input.dimension(1)), layer(random));
        List<float[]> expected = results(model, Backend.scalar().bfloat16(), seed);
        List<float[]> found = results(model, Backend.fast().bfloat16(), seed);

        for (int i = 0; i < expected.size(); i++) {
            String what = "seed " + seed + ", " + model.layers() + " of " + input + ", result " + i;
            Close.relative(what, found.get(i), expected.get(i), A_ROUNDING);
        }
    }
}
