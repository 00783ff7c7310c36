package millrace.actors.plan;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.DoubleConsumer;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * {@code y = x + curvature/2 w^2} for one value x and one weight w: a line of them with {@link OutputItself} as its loss
 * trains each weight in a bowl of its own, with the gradient {@code curvature * w}.
 *
 * @param seen is told the weight of every forward
 */
record Bowl(float curvature, DoubleConsumer seen) implements Layer {
    @Override
    public String type() {
        return "bowl";
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        return List.of(new ParameterSpec("weight", Shape.of(1), Initializer.ZEROS, 1, 1));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Sum(parameters.getFirst());
    }

    private final class Sum implements Operator {
        private final Parameter weight;

        Sum(Parameter weight) {
            this.weight = weight;
        }

        private float w() {
            return weight.value().getAtIndex(JAVA_FLOAT, 0);
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            seen.accept(w());
            for (int row = 0; row < input.rows(); row++) {
                output.setFloat(row, input.getFloat(row) + curvature / 2 * w() * w());
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            MemorySegment.copy(
                    outputGradient.memory(),
                    0,
                    inputGradient.memory(),
                    0,
                    inputGradient.memory().byteSize());
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            float sum = accumulate ? weight.gradient().getAtIndex(JAVA_FLOAT, 0) : 0;
            for (int row = 0; row < outputGradient.rows(); row++) {
                sum += outputGradient.getFloat(row) * curvature * w();
            }
            weight.gradient().setAtIndex(JAVA_FLOAT, 0, sum);
        }
    }
}
