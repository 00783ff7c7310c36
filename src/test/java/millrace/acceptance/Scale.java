package millrace.acceptance;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.LayerKey;
import millrace.nn.layer.LayerProvider;
import millrace.nn.layer.LayerType;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.layer.ParameterSpec;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * A layer of a user's own, named in {@code META-INF/services}: y = factor * g * x, with one trained g a feature.
 *
 * @param factor the same for all features
 */
public record Scale(float factor) implements Layer {
    /** What makes it known to run files. */
    public static final class Provider implements LayerProvider {
        @Override
        public List<LayerType> types() {
            return List.of(new LayerType(
                    "scale",
                    "a factor for each feature",
                    "n -> n",
                    List.of(LayerKey.optional("factor", 1.0)),
                    settings -> new Scale(settings.real("factor"))));
        }
    }

    @Override
    public String type() {
        return "scale";
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int features = Math.toIntExact(input.size());
        return List.of(new ParameterSpec("weight", Shape.of(features), Initializer.ONES, features, features));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Product(factor, parameters.getFirst());
    }

    private record Product(float factor, Parameter gains) implements Operator {
        private float gain(long feature) {
            return factor * gains.value().getAtIndex(JAVA_FLOAT, feature);
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            for (long i = 0; i < input.shape().size(); i++) {
                output.setFloat(i, gain(i % input.columns()) * input.getFloat(i));
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            for (long i = 0; i < outputGradient.shape().size(); i++) {
                inputGradient.setFloat(i, gain(i % outputGradient.columns()) * outputGradient.getFloat(i));
            }
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            for (int feature = 0; feature < input.columns(); feature++) {
                float sum = accumulate ? gains.gradient().getAtIndex(JAVA_FLOAT, feature) : 0;
                for (int row = 0; row < input.rows(); row++) {
                    long i = (long) row * input.columns() + feature;
                    sum += factor * input.getFloat(i) * outputGradient.getFloat(i);
                }
                gains.gradient().setAtIndex(JAVA_FLOAT, feature, sum);
            }
        }
    }
}
