package millrace.nn.layer;

import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** A sample of any shape as one row: the same memory under another shape. */
public record Flatten() implements Layer {
    @Override
    public String type() {
        return "flatten";
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.of(Math.toIntExact(input.size()));
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new View();
    }

    private record View() implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            copy(input, output);
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            copy(outputGradient, inputGradient);
        }

        @Override
        public Needs needs() {
            return Needs.NOTHING;
        }

        @Override
        public boolean inPlace() {
            return true;
        }

        // only at the edge of a stage is the memory another one
        private static void copy(Tensor from, Tensor to) {
            if (from.memory().address() != to.memory().address()) {
                MemorySegment.copy(
                        from.memory(), 0, to.memory(), 0, from.memory().byteSize());
            }
        }
    }
}
