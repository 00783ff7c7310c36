package millrace.nn.stage;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.nn.backend.Backend;
import millrace.nn.golden.RandomInput;
import millrace.nn.layer.Block;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Layers;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.model.Partition;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Random models, and runs of their layers whose every number is kept for comparison. */
final class RandomChain {
    static final int MAX_ROWS = 5;
    private static final long WEIGHTS_SEED = 11;

    private RandomChain() {}

    /** Four to ten layers of all kinds over samples of two dimensions. */
    static Model model(Random random) {
        return model(random, false);
    }

    /** The same with skip connections among them, one within another at times, with layers on the shortcut at times. */
    static Model withResiduals(Random random) {
        return model(random, true);
    }

    private static Model model(Random random, boolean residuals) {
        List<Block> parts = new ArrayList<>();
        int length = 4 + random.nextInt(7);
        boolean flat = false;
        for (int i = 0; i < length; i++) {
            int kind = random.nextInt(residuals ? 17 : 9);
            if (kind < 2 && !flat) {
                parts.add(Layers.flatten());
                flat = true;
            }
            parts.add(
                    switch (kind) {
                        case 9, 10, 11, 12 -> residual(random, flat, 0);
                        case 13, 14, 15, 16 -> flat ? Layers.layerNorm() : sequence(random, kind);
                        default -> layer(random, kind);
                    });
            flat |= kind == 2;
        }
        return Model.named("random", Shape.of(1 + random.nextInt(3), 1 + random.nextInt(4)), parts);
    }

    private static Layer layer(Random random, int kind) {
        return switch (kind) {
            case 0, 1 -> Layers.dense(1 + random.nextInt(8));
            case 2 -> Layers.flatten();
            case 3 -> Layers.relu();
            case 4 -> Layers.leakyRelu(0.1f);
            case 5 -> Layers.tanh();
            case 6 -> Layers.softmax();
            case 7 -> Layers.gelu();
            default -> Layers.dropout(0.4f);
        };
    }

    private static Layer sequence(Random random, int kind) {
        int hidden = 1 + random.nextInt(5);
        return switch (kind) {
            case 13 -> Layers.layerNorm();
            case 14 -> Layers.attention(1);
            case 15 -> Layers.positionalEmbedding(3);
            default ->
                switch (random.nextInt(3)) {
                    case 0 -> Layers.rnn(hidden);
                    case 1 -> Layers.lstm(hidden);
                    default -> Layers.gru(hidden);
                };
        };
    }

    private static Block residual(Random random, boolean flat, int depth) {
        if (flat && random.nextBoolean()) {
            int units = 1 + random.nextInt(8);
            return Layers.residual(
                    List.of(Layers.dense(5), same(random, depth), Layers.dense(units)),
                    random.nextBoolean()
                            ? List.of(Layers.dense(units))
                            : List.of(same(random, depth), Layers.dense(units), Layers.tanh()));
        }
        return random.nextBoolean()
                ? Layers.residual(same(random, depth))
                : Layers.residual(same(random, depth), same(random, depth));
    }

    /** What leaves the shape as it is. */
    private static Block same(Random random, int depth) {
        return depth < 2 && random.nextInt(3) == 0
                ? residual(random, false, depth + 1)
                : random.nextInt(4) == 0 ? Layers.layerNorm() : layer(random, 3 + random.nextInt(6));
    }

    /** A run of layers {@code from} to {@code to} with room for two micro-batches. */
    static LayerRun run(Model model, int from, int to) {
        return run(model, from, to, Keep.ACTIVATIONS);
    }

    static LayerRun run(Model model, int from, int to, Keep keep) {
        return new LayerRun(
                model,
                new Partition.Range(from, to),
                MAX_ROWS,
                WEIGHTS_SEED,
                2,
                Backend.fast().float32(),
                keep);
    }

    /** A run for each layer: no operator finds another's tensor to write over. */
    static List<LayerRun> single(Model model, int from, int to) {
        List<LayerRun> runs = new ArrayList<>();
        for (int i = from; i < to; i++) {
            runs.add(run(model, i, i + 1));
        }
        return runs;
    }

    static Tensor random(Random random, Shape sample, int rows) {
        return RandomInput.tensor(Arena.ofAuto(), random, sample.batched(rows));
    }

    /** The values of a tensor that is then given up. */
    static List<Float> taken(Tensor tensor) {
        List<Float> values = values(tensor);
        tensor.release();
        return values;
    }

    /** Equal lists are equal to the bit. */
    static List<Float> values(Tensor tensor) {
        List<Float> values = new ArrayList<>();
        for (float value : tensor.toFloats()) {
            values.add(value);
        }
        return values;
    }

    /** The gradients of all parameters, rows close together. */
    static List<List<Float>> gradients(List<LayerRun> runs) {
        List<List<Float>> result = new ArrayList<>();
        for (LayerRun run : runs) {
            for (Parameter parameter : run.parameters()) {
                Tensor packed = Tensor.of(
                        Arena.ofAuto(),
                        parameter.shape(),
                        new float[(int) parameter.shape().size()]);
                parameter.pack(parameter.gradient(), packed.memory());
                result.add(values(packed));
            }
        }
        return result;
    }
}
