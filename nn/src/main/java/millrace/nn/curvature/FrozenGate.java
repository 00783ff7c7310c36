package millrace.nn.curvature;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.ActivationLayer;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.model.Model;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * ReLU or leaky ReLU held to the piece that it is on: each value is multiplied by the slope that the first forward of its
 * micro-batch found there, so that a network of them is smooth around that point.
 *
 * @param function what it stands for
 */
record FrozenGate(Activation function) implements Layer {
    /** The same model with its rectifiers held; names of weights do not change. */
    static Model in(Model model) {
        List<Layer> layers = model.layers().stream()
                .map(layer ->
                        layer instanceof ActivationLayer(Activation f) && isRectifier(f) ? new FrozenGate(f) : layer)
                .toList();
        return Model.named(model.name(), model.inputShape(), layers);
    }

    private static boolean isRectifier(Activation function) {
        return function.kind() == Activation.Kind.RELU || function.kind() == Activation.Kind.LEAKY_RELU;
    }

    @Override
    public String type() {
        return "frozen-gate";
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Gate(function.kind() == Activation.Kind.RELU ? 0 : function.slope());
    }

    private static final class Gate implements Operator {
        private final float left;
        private final Map<Long, boolean[]> right = new HashMap<>();

        /** @param left slope left of zero */
        Gate(float left) {
            this.left = left;
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            boolean[] open = right.computeIfAbsent(pass.microBatch(), microBatch -> signs(input));
            multiply(open, input, output);
        }

        private static boolean[] signs(Tensor input) {
            boolean[] result = new boolean[Math.toIntExact(input.shape().size())];
            for (int i = 0; i < result.length; i++) {
                result[i] = input.getFloat(i) > 0;
            }
            return result;
        }

        private void multiply(boolean[] open, Tensor from, Tensor to) {
            for (int i = 0; i < open.length; i++) {
                to.setFloat(i, open[i] ? from.getFloat(i) : left * from.getFloat(i));
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            boolean[] open = right.get(pass.microBatch());
            if (open == null) {
                throw new IllegalStateException(
                        "micro-batch " + pass.microBatch() + ": backward without forward (expected: forward first)");
            }
            multiply(open, outputGradient, inputGradient);
        }

        @Override
        public boolean inPlace() {
            return true;
        }
    }
}
