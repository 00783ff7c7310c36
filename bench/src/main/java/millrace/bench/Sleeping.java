package millrace.bench;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import millrace.nn.kernel.Kernels;
import millrace.nn.layer.Layer;
import millrace.nn.layer.Operator;
import millrace.nn.layer.Parameter;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Takes its time in forward and backward and changes nothing: work that needs no core, for lines longer than a machine. */
record Sleeping(Duration time) implements Layer {
    @Override
    public String type() {
        return "sleeping";
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        return new Nap();
    }

    private final class Nap implements Operator {
        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            nap();
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            nap();
        }

        private void nap() {
            long end = System.nanoTime() + time.toNanos();
            for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        @Override
        public boolean inPlace() {
            return true;
        }
    }
}
