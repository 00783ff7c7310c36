package millrace.actors.plan;

import millrace.nn.kernel.Kernels;
import millrace.nn.loss.Loss;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** A sample's loss is the network's one output; targets do not matter. */
record OutputItself() implements Loss {
    @Override
    public String name() {
        return "output";
    }

    @Override
    public boolean takesLabels() {
        return false;
    }

    @Override
    public void check(Shape output, Shape target, int classes) {}

    @Override
    public double sum(Kernels kernels, Tensor output, Tensor target) {
        double sum = 0;
        for (int row = 0; row < output.rows(); row++) {
            sum += output.getFloat(row);
        }
        return sum;
    }

    @Override
    public double sumAndGradient(Kernels kernels, Tensor output, Tensor target, float scale, Tensor gradient) {
        for (int row = 0; row < gradient.rows(); row++) {
            gradient.setFloat(row, scale);
        }
        return sum(kernels, output, target);
    }
}
