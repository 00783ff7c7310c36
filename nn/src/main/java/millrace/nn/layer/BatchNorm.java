package millrace.nn.layer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import millrace.nn.kernel.BatchStatistics;
import millrace.nn.kernel.Kernels;
import millrace.nn.random.Initializer;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * PyTorch's BatchNorm1d and BatchNorm2d (Ioffe and Szegedy 2015): each channel is given mean 0 and variance 1 over the
 * samples of the micro-batch and the places of the image, then a gain and a shift. Samples of C or C x H x W, out as in.
 *
 * <p>Inference uses running means, {@code r = (1 - momentum) r + momentum m} for each micro-batch, the variance being the
 * unbiased one. They change with backward-weight: gradients come in ascending micro-batch order, once for each, whatever
 * the schedule, and also where the forward is computed twice. A micro-batch with one value a channel leaves them as they
 * are, since it has no unbiased variance.
 *
 * <p>With deferred statistics the running means take a step once a batch, with the moments of all its micro-batches
 * together, so that inference does not depend on their number; training still normalizes each by its own.
 *
 * <p>Where the line has replicas, the running means follow the micro-batches of all: those of the first replica, then those of
 * the second, and so on, in ascending order within each, right before the optimizer step.
 *
 * @param epsilon added to the variance
 * @param momentum share of a micro-batch, or with deferred statistics of a batch, in the running means
 * @param deferred whether running means follow the batch of an optimizer step instead of each micro-batch
 */
public record BatchNorm(float epsilon, float momentum, boolean deferred) implements Layer {
    private static final int GAIN = 0;
    private static final int SHIFT = 1;
    private static final int RUNNING_MEAN = 2;
    private static final int RUNNING_VARIANCE = 3;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when one is out of range; names it and the range
     */
    public BatchNorm {
        if (!(epsilon > 0) || !(momentum >= 0 && momentum <= 1)) {
            throw new IllegalArgumentException("batch-norm: epsilon " + epsilon + ", momentum " + momentum
                    + " (expected: epsilon above 0, momentum 0 to 1)");
        }
    }

    /** With PyTorch's epsilon and momentum. */
    public BatchNorm() {
        this(1e-5f, 0.1f, false);
    }

    @Override
    public String type() {
        return "batch-norm";
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() == 0) {
            throw new IllegalArgumentException(
                    "input shape: scalar (expected: channels, or channels x height x width)");
        }
        return input;
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        return List.of(spec("weight", input, Initializer.ONES), spec("bias", input, Initializer.ZEROS));
    }

    @Override
    public List<ParameterSpec> buffers(Shape input) {
        return List.of(spec("running_mean", input, Initializer.ZEROS), spec("running_var", input, Initializer.ONES));
    }

    private static ParameterSpec spec(String name, Shape input, Initializer initializer) {
        int channels = input.dimension(0);
        return new ParameterSpec(name, Shape.of(channels), initializer, channels, channels);
    }

    @Override
    public Operator operator(Shape input, List<Parameter> parameters, Kernels kernels, RandomKey key) {
        int channels = input.dimension(0);
        RunningMoments running = new RunningMoments(
                momentum, deferred, channels, parameters.get(RUNNING_MEAN), parameters.get(RUNNING_VARIANCE));
        return new Channels(this, running, channels, Math.toIntExact(input.size() / channels), parameters);
    }

    /** The workspace holds the mean, then the variance of each channel. */
    private record Channels(BatchNorm norm, RunningMoments running, int channels, int places, List<Parameter> memory)
            implements Operator {
        private BatchStatistics batch(Tensor tensor) {
            return new BatchStatistics(tensor.rows(), channels, places);
        }

        private float get(int parameter, int channel) {
            return memory.get(parameter).value().getAtIndex(JAVA_FLOAT, channel);
        }

        private double inverse(double variance) {
            return 1 / Math.sqrt(variance + norm.epsilon);
        }

        @Override
        public void forward(Pass pass, Tensor input, Tensor output) {
            BatchStatistics batch = batch(input);
            for (int c = 0; c < channels; c++) {
                double mean = running.mean(c);
                double variance = running.variance(c);
                if (pass.training() && input.rows() > 0) {
                    double[] moments = batch.moments(input.memory(), c);
                    pass.workspace().setAtIndex(JAVA_FLOAT, c, (float) moments[0]);
                    pass.workspace().setAtIndex(JAVA_FLOAT, channels + c, (float) moments[1]);
                    // as backward will read them
                    mean = (float) moments[0];
                    variance = (float) moments[1];
                }
                double factor = inverse(variance) * get(GAIN, c);
                batch.apply(input.memory(), c, mean, factor, get(SHIFT, c), output.memory());
            }
        }

        @Override
        public void backwardInput(Pass pass, Tensor saved, Tensor outputGradient, Tensor inputGradient) {
            if (saved.rows() > 0) {
                for (int c = 0; c < channels; c++) {
                    double mean = pass.workspace().getAtIndex(JAVA_FLOAT, c);
                    double inverse = inverse(pass.workspace().getAtIndex(JAVA_FLOAT, channels + c));
                    MemorySegment dx = inputGradient.memory();
                    batch(saved).backward(saved.memory(), outputGradient.memory(), c, mean, inverse, get(GAIN, c), dx);
                }
            }
        }

        @Override
        public void backwardWeight(Pass pass, Tensor input, Tensor outputGradient, boolean accumulate) {
            BatchStatistics batch = batch(input);
            for (int c = 0; c < channels; c++) {
                double[] sums = new double[2];
                if (input.rows() > 0) {
                    double mean = pass.workspace().getAtIndex(JAVA_FLOAT, c);
                    double variance = pass.workspace().getAtIndex(JAVA_FLOAT, channels + c);
                    sums = batch.sums(input.memory(), outputGradient.memory(), c, mean, inverse(variance));
                }
                add(GAIN, c, sums[1], accumulate);
                add(SHIFT, c, sums[0], accumulate);
            }
            running.add(Math.toIntExact(batch.count()), pass.workspace(), !accumulate);
        }

        private void add(int parameter, int channel, double value, boolean accumulate) {
            MemorySegment gradient = memory.get(parameter).gradient();
            double before = accumulate ? gradient.getAtIndex(JAVA_FLOAT, channel) : 0;
            gradient.setAtIndex(JAVA_FLOAT, channel, (float) (before + value));
        }

        @Override
        public Optional<RunningStatistics> statistics() {
            return Optional.of(running);
        }

        @Override
        public long workspace(int rows) {
            return rows == 0 ? 0 : 2L * channels;
        }

        @Override
        public Needs needs() {
            return Needs.INPUT;
        }
    }
}
