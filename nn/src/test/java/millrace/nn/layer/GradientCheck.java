package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.layer.Layer.RandomKey;
import millrace.nn.layer.Operator.Pass;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Memory;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Compares gradients with central differences of a random-weighted sum of outputs.
 *
 * <p>Why {@link #STEP} and {@link #TOLERANCE}: the reference kernels compute in double and round each output to float,
 * 2^-24 relative, so the difference of two outputs of size 4 over a step of 2/128 errs by about 3e-5, and the
 * third derivatives of the functions here, at most about 2, add 2 h^2 / 6 = 2e-5. A wrong formula errs by far more
 * than 1e-3 of the largest gradient. Inputs keep their distance from kinks by more than the step.
 */
public final class GradientCheck {
    /** A power of two, so that most values move by exactly it. */
    public static final float STEP = 1 / 128f;

    /** Of the largest magnitude of a gradient. */
    public static final double TOLERANCE = 1e-3;

    private static final long MICRO_BATCH = 3;

    private GradientCheck() {}

    /** Central differences of {@code f} at each float of {@code x}, which {@code f} reads. */
    public static float[] numeric(DoubleSupplier f, MemorySegment x) {
        float[] gradient = new float[(int) (x.byteSize() / Float.BYTES)];
        for (int i = 0; i < gradient.length; i++) {
            float before = x.getAtIndex(JAVA_FLOAT, i);
            float right = before + STEP;
            float left = before - STEP;
            x.setAtIndex(JAVA_FLOAT, i, right);
            double high = f.getAsDouble();
            x.setAtIndex(JAVA_FLOAT, i, left);
            double low = f.getAsDouble();
            x.setAtIndex(JAVA_FLOAT, i, before);
            gradient[i] = (float) ((high - low) / ((double) right - left));
        }
        return gradient;
    }

    /** A pass of training with a workspace that holds no zeros. */
    static Pass pass(Arena arena, Operator operator, long microBatch, int rows) {
        MemorySegment workspace = Memory.allocate(arena, operator.workspace(rows));
        workspace.fill((byte) 0x41);
        return new Pass(microBatch, true, workspace);
    }

    /** Parameters of a layer as a model makes them, then its buffers. */
    static List<Parameter> parameters(Arena arena, Layer layer, Shape sample, long seed) {
        List<Parameter> parameters = new ArrayList<>();
        for (ParameterSpec spec : layer.parameters(sample)) {
            parameters.add(new Parameter(arena, 0, parameters.size(), spec, seed));
        }
        for (ParameterSpec spec : layer.buffers(sample)) {
            parameters.add(new Parameter(arena, 0, parameters.size(), spec, seed));
        }
        return parameters;
    }

    /** Checks backwardInput, and backwardWeight for every parameter, on random input. */
    static void check(Layer layer, Shape sample, int rows, long seed) {
        String what = layer + " on " + rows + " x " + sample + ", seed " + seed;
        Kernels kernels = new ScalarKernels();
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(seed);
            List<Parameter> parameters = parameters(arena, layer, sample, seed);
            Operator operator = layer.operator(sample, parameters, kernels, new RandomKey(seed, 0));
            Pass pass = pass(arena, operator, MICRO_BATCH, rows);
            Shape in = sample.batched(rows);
            Shape out = layer.outputShape(sample).batched(rows);
            Tensor input = Tensor.of(arena, in, RandomInput.awayFromZero(random, Math.toIntExact(in.size()), 4 * STEP));
            Tensor output = Tensor.zeros(arena, ElementType.F32, out);
            Tensor weighting = RandomInput.tensor(arena, random, out);
            DoubleSupplier sum = () -> {
                operator.forward(pass, input, output);
                return dot(output, weighting);
            };

            float[] expected = numeric(sum, input.memory());
            operator.forward(pass, input, output);
            Tensor inputGradient = Tensor.zeros(arena, ElementType.F32, in);
            operator.backwardInput(pass, saved(operator, input, output, weighting), weighting, inputGradient);
            Close.relative(what + ": input", inputGradient.toFloats(), expected, TOLERANCE);

            operator.backwardWeight(pass, input, weighting, false);
            for (Parameter parameter :
                    parameters.subList(0, layer.parameters(sample).size())) {
                float[] actual = parameter.gradient().toArray(JAVA_FLOAT);
                Close.relative(what + ": " + parameter.name(), actual, numeric(sum, parameter.value()), TOLERANCE);
            }
            operator.close();
        }
    }

    /** What a stage keeps for backwardInput. */
    static Tensor saved(Operator operator, Tensor input, Tensor output, Tensor outputGradient) {
        return switch (operator.needs()) {
            case NOTHING -> outputGradient;
            case INPUT -> input;
            case OUTPUT -> output;
        };
    }

    private static double dot(Tensor a, Tensor b) {
        double sum = 0;
        for (long i = 0; i < a.shape().size(); i++) {
            sum += (double) a.getFloat(i) * b.getFloat(i);
        }
        return sum;
    }
}
