package millrace.nn.loss;

import millrace.nn.kernel.Kernels;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/** Cross-entropy of logits and labels, softmax fused: {@code log sum exp(x) - x[label]}; gradient softmax - one-hot. */
public record CrossEntropy() implements Loss {
    @Override
    public String name() {
        return "cross-entropy";
    }

    @Override
    public boolean takesLabels() {
        return true;
    }

    @Override
    public void check(Shape output, Shape target, int classes) {
        if (output.rank() != 1 || output.size() < classes) {
            throw new IllegalArgumentException("output: " + output + " (expected: one logit for each of the " + classes
                    + " classes); give the last dense layer " + classes + " units");
        }
    }

    @Override
    public double sum(Kernels kernels, Tensor output, Tensor target) {
        int classes = output.columns();
        double sum = 0;
        for (int r = 0; r < output.rows(); r++) {
            sum += logSumExp(output, (long) r * classes, classes)
                    - output.getFloat((long) r * classes + target.getInt(r));
        }
        return sum;
    }

    @Override
    public double sumAndGradient(Kernels kernels, Tensor output, Tensor target, float scale, Tensor gradient) {
        int classes = output.columns();
        kernels.softmax(output.memory(), gradient.memory(), output.rows(), classes);
        for (int r = 0; r < output.rows(); r++) {
            long row = (long) r * classes;
            int label = target.getInt(r);
            for (int c = 0; c < classes; c++) {
                float probability = gradient.getFloat(row + c);
                gradient.setFloat(row + c, (probability - (c == label ? 1 : 0)) * scale);
            }
        }
        return sum(kernels, output, target);
    }

    private static double logSumExp(Tensor output, long row, int classes) {
        float max = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            max = Math.max(max, output.getFloat(row + c));
        }
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            sum += Math.exp(output.getFloat(row + c) - max);
        }
        return max + Math.log(sum);
    }
}
