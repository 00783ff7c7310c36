package millrace.actors;

import java.util.List;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Passes everything through until its moment has come, then throws.
 *
 * @param microBatch counted over the whole run
 * @param failure an unchecked exception or an error
 */
record HostileLayer(Place place, long microBatch, Throwable failure) implements Layer {
    enum Place {
        FORWARD,
        BACKWARD,
        INFERENCE
    }

    @Override
    public String type() {
        return "hostile";
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Trap();
    }

    private final class Trap implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            check(pass, pass.training() ? Place.FORWARD : Place.INFERENCE);
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            check(pass, Place.BACKWARD);
        }

        private void check(Pass pass, Place here) {
            if (here == place && pass.microBatch() == microBatch) {
                switch (failure) {
                    case RuntimeException e -> throw e;
                    case Error e -> throw e;
                    default -> throw new IllegalStateException(failure);
                }
            }
        }

        @Override
        public boolean inPlace() {
            return true;
        }
    }
}
