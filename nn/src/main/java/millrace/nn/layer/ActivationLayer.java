package millrace.nn.layer;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * An element-wise function of any shape: ReLU, leaky ReLU, sigmoid, tanh, GELU, SiLU, ELU.
 *
 * @param function which one
 */
public record ActivationLayer(Activation function) implements Layer {
    @Override
    public String type() {
        return function.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public Map<String, Object> settings() {
        return switch (function.kind()) {
            case LEAKY_RELU -> Map.of("slope", function.slope());
            case ELU -> Map.of("alpha", function.slope());
            case RELU, SIGMOID, TANH, GELU, SILU -> Map.of();
        };
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Pointwise(kernels, function);
    }

    private record Pointwise(Kernels kernels, Activation function) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            kernels.activate(
                    function, input.memory(), output.memory(), input.shape().size());
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            kernels.activateBackward(
                    function,
                    saved.memory(),
                    outputGradient.memory(),
                    inputGradient.memory(),
                    saved.shape().size());
        }

        @Override
        public Needs needs() {
            return function.kind().savesInput() ? Needs.INPUT : Needs.OUTPUT;
        }

        @Override
        public boolean inPlace() {
            return !function.kind().savesInput();
        }
    }
}
