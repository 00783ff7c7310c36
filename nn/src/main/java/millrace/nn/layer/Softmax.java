package millrace.nn.layer;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Softmax over the last dimension. Cross-entropy takes logits and needs none of it. */
public record Softmax() implements Layer {
    @Override
    public String type() {
        return "softmax";
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() == 0) {
            throw new IllegalArgumentException("input shape: scalar (expected: one dimension or more)");
        }
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Rows(kernels, input.last());
    }

    private record Rows(Kernels kernels, int columns) implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            kernels.softmax(input.memory(), output.memory(), rows(input), columns);
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            kernels.softmaxBackward(
                    saved.memory(), outputGradient.memory(), inputGradient.memory(), rows(saved), columns);
        }

        private int rows(Tensor tensor) {
            return Math.toIntExact(tensor.shape().size() / columns);
        }

        @Override
        public Needs needs() {
            return Needs.OUTPUT;
        }

        @Override
        public boolean inPlace() {
            return true;
        }
    }
}
