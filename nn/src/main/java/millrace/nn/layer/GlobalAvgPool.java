package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** The mean of each channel: samples of C x H x W in, C out (PyTorch's AdaptiveAvgPool2d(1), flattened). */
public record GlobalAvgPool() implements Layer {
    @Override
    public String type() {
        return "global-avg-pool";
    }

    @Override
    public Shape outputShape(Shape input) {
        ImageShapes.check(input);
        return Shape.of(input.dimension(0));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Mean(kernels, input.dimension(1) * input.dimension(2));
    }

    private record Mean(Kernels kernels, int places) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            int planes = Math.toIntExact(output.shape().size());
            kernels.planeSums(input.memory(), 1, planes, places, false, output.memory());
            for (int i = 0; i < planes; i++) {
                output.setFloat(i, output.getFloat(i) / places);
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            for (long i = 0; i < inputGradient.shape().size(); i++) {
                inputGradient.memory().setAtIndex(JAVA_FLOAT, i, outputGradient.getFloat(i / places) / places);
            }
        }
    }
}
