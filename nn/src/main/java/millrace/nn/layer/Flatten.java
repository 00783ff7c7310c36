package millrace.nn.layer;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;

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
        return new Identity();
    }
}
