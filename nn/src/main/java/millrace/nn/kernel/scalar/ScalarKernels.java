package millrace.nn.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import millrace.nn.kernel.Activation;
import millrace.nn.kernel.Bfloat16;
import millrace.nn.kernel.Convolution;
import millrace.nn.kernel.GradientShaping;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.NormKernels;
import millrace.nn.kernel.Pooling;
import millrace.nn.kernel.RecurrentKernels;
import millrace.nn.kernel.UpdateRule;
import millrace.nn.kernel.Window;

/** The slow, obvious reference: one element at a time, in the order of the formulas. Tests compare against it. */
public final class ScalarKernels implements Kernels {
    private static final NormKernels NORMS = new ScalarNormKernels();
    private static final RecurrentKernels RECURRENT = new ScalarRecurrentKernels();

    /** Kernels without state. */
    public ScalarKernels() {}

    @Override
    public void gemm(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            MemorySegment a,
            long strideA,
            MemorySegment b,
            long strideB,
            boolean accumulate,
            MemorySegment c,
            long strideC) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = accumulate ? get(c, i * strideC + j) : 0;
                for (int l = 0; l < k; l++) {
                    double left = get(a, transposeA ? l * strideA + i : i * strideA + l);
                    double right = get(b, transposeB ? j * strideB + l : l * strideB + j);
                    sum += left * right;
                }
                set(c, i * strideC + j, (float) sum);
            }
        }
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, MemorySegment sum, long elements) {
        for (long i = 0; i < elements; i++) {
            set(sum, i, get(x, i) + get(y, i));
        }
    }

    @Override
    public Pooling pooling(int height, int width, Window window) {
        return new ScalarPooling(height, width, window);
    }

    @Override
    public Convolution convolution(Convolution.Sizes sizes) {
        return new ScalarConvolution(sizes);
    }

    @Override
    public void planeSums(MemorySegment x, int rows, int channels, int places, boolean accumulate, MemorySegment sums) {
        for (int c = 0; c < channels; c++) {
            double sum = accumulate ? get(sums, c) : 0;
            for (int r = 0; r < rows; r++) {
                for (int p = 0; p < places; p++) {
                    sum += get(x, ((long) r * channels + c) * places + p);
                }
            }
            set(sums, c, (float) sum);
        }
    }

    @Override
    public NormKernels norms() {
        return NORMS;
    }

    @Override
    public RecurrentKernels recurrent() {
        return RECURRENT;
    }

    @Override
    public void toBfloat16(MemorySegment floats, MemorySegment bfloat16, long elements) {
        for (long i = 0; i < elements; i++) {
            bfloat16.setAtIndex(JAVA_SHORT, i, Bfloat16.bits(floats.getAtIndex(JAVA_FLOAT, i)));
        }
    }

    @Override
    public void fromBfloat16(MemorySegment bfloat16, MemorySegment floats, long elements) {
        for (long i = 0; i < elements; i++) {
            floats.setAtIndex(JAVA_FLOAT, i, Bfloat16.value(bfloat16.getAtIndex(JAVA_SHORT, i)));
        }
    }

    @Override
    public void addBias(MemorySegment y, int rows, int columns, MemorySegment bias) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                long i = (long) r * columns + c;
                set(y, i, get(y, i) + get(bias, c));
            }
        }
    }

    @Override
    public void columnSums(MemorySegment x, int rows, int columns, boolean accumulate, MemorySegment sums) {
        for (int c = 0; c < columns; c++) {
            float sum = accumulate ? get(sums, c) : 0;
            for (int r = 0; r < rows; r++) {
                sum += get(x, (long) r * columns + c);
            }
            set(sums, c, sum);
        }
    }

    @Override
    public void activate(Activation f, MemorySegment x, MemorySegment y, long elements) {
        for (long i = 0; i < elements; i++) {
            set(y, i, (float) value(f, get(x, i)));
        }
    }

    @Override
    public void activateBackward(Activation f, MemorySegment saved, MemorySegment dy, MemorySegment dx, long elements) {
        for (long i = 0; i < elements; i++) {
            set(dx, i, (float) (get(dy, i) * derivative(f, get(saved, i))));
        }
    }

    @Override
    public void softmax(MemorySegment x, MemorySegment y, int rows, int columns) {
        for (long r = 0; r < rows; r++) {
            float max = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < columns; c++) {
                max = Math.max(max, get(x, r * columns + c));
            }
            double sum = 0;
            for (int c = 0; c < columns; c++) {
                sum += StrictMath.exp(get(x, r * columns + c) - max);
            }
            for (int c = 0; c < columns; c++) {
                set(y, r * columns + c, (float) (StrictMath.exp(get(x, r * columns + c) - max) / sum));
            }
        }
    }

    @Override
    public void softmaxBackward(MemorySegment y, MemorySegment dy, MemorySegment dx, int rows, int columns) {
        for (long r = 0; r < rows; r++) {
            double dot = 0;
            for (int c = 0; c < columns; c++) {
                dot += (double) get(dy, r * columns + c) * get(y, r * columns + c);
            }
            for (int c = 0; c < columns; c++) {
                long i = r * columns + c;
                set(dx, i, (float) (get(y, i) * (get(dy, i) - dot)));
            }
        }
    }

    @Override
    public void update(
            UpdateRule rule,
            GradientShaping shaping,
            MemorySegment weights,
            MemorySegment updated,
            MemorySegment gradients,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment state3,
            long elements) {
        for (long i = 0; i < elements; i++) {
            float w = get(weights, i);
            float g = penalised(shaping, w, get(gradients, i));
            g = Math.max(-shaping.clip(), Math.min(shaping.clip(), g));
            set(updated, i, updated(rule, w, g, state1, state2, state3, i));
        }
    }

    @Override
    public void penalise(GradientShaping shaping, MemorySegment weights, MemorySegment gradients, long elements) {
        for (long i = 0; i < elements; i++) {
            set(gradients, i, penalised(shaping, get(weights, i), get(gradients, i)));
        }
    }

    private static float penalised(GradientShaping shaping, float w, float g) {
        return g + shaping.l1() * Math.signum(w) + 2 * shaping.l2() * w;
    }

    @Override
    public double sumOfSquares(MemorySegment x, long elements) {
        double sum = 0;
        for (long i = 0; i < elements; i++) {
            double value = get(x, i);
            sum += value * value;
        }
        return sum;
    }

    @Override
    public void scale(MemorySegment x, float factor, long elements) {
        for (long i = 0; i < elements; i++) {
            set(x, i, get(x, i) * factor);
        }
    }

    @Override
    public String toString() {
        return "plain loops";
    }

    private static float updated(
            UpdateRule rule,
            float w,
            float gradient,
            MemorySegment state1,
            MemorySegment state2,
            MemorySegment state3,
            long i) {
        switch (rule) {
            case UpdateRule.Sgd(float rate, float momentum, boolean nesterov, float decay, float gain) -> {
                float g = gradient + decay * w;
                if (momentum == 0) {
                    return w - rate * g;
                }
                float b = momentum * get(state1, i) + gain * g;
                set(state1, i, b);
                return w - rate * (nesterov ? g + momentum * b : b);
            }
            case UpdateRule.Adam r -> {
                float g = gradient + r.decay() * w;
                float m = get(state1, i);
                m += (float) (1 - r.beta1()) * (g - m);
                float v = (float) r.beta2() * get(state2, i) + (float) (1 - r.beta2()) * g * g;
                set(state1, i, m);
                set(state2, i, v);
                float under = v;
                if (r.amsgrad()) {
                    under = Math.max(get(state3, i), v);
                    set(state3, i, under);
                }
                return w * r.shrink() - r.rate() * (m / ((float) Math.sqrt(under) / r.rootBias2() + r.epsilon()));
            }
            case UpdateRule.NAdam r -> {
                float g = gradient + r.decay() * w;
                float m = get(state1, i);
                m += (float) (1 - r.beta1()) * (g - m);
                float v = (float) r.beta2() * get(state2, i) + (float) (1 - r.beta2()) * g * g;
                set(state1, i, m);
                set(state2, i, v);
                float divisor = (float) Math.sqrt(v) / r.rootBias2() + r.epsilon();
                return w * r.shrink() - (r.gradientRate() * g + r.meanRate() * m) / divisor;
            }
            case UpdateRule.RmsProp r -> {
                float g = gradient + r.decay() * w;
                float s = (float) r.alpha() * get(state1, i) + (float) (1 - r.alpha()) * g * g;
                set(state1, i, s);
                float under = s;
                if (r.centred()) {
                    MemorySegment means = r.momentum() == 0 ? state2 : state3;
                    float a = get(means, i);
                    a += (float) (1 - r.alpha()) * (g - a);
                    set(means, i, a);
                    under = Math.max(s - a * a, 0);
                }
                float u = g / ((float) Math.sqrt(under) + r.epsilon());
                if (r.momentum() == 0) {
                    return w - r.rate() * u;
                }
                float b = r.momentum() * get(state2, i) + u;
                set(state2, i, b);
                return w - r.rate() * b;
            }
            case UpdateRule.Adagrad(float rate, float epsilon, float decay) -> {
                float g = gradient + decay * w;
                float s = get(state1, i) + g * g;
                set(state1, i, s);
                return w - rate * (g / ((float) Math.sqrt(s) + epsilon));
            }
        }
    }

    private static double value(Activation f, double x) {
        return switch (f.kind()) {
            case RELU -> Math.max(x, 0);
            case LEAKY_RELU -> x > 0 ? x : f.slope() * x;
            case SIGMOID -> 1 / (1 + StrictMath.exp(-x));
            case TANH -> StrictMath.tanh(x);
            case GELU -> x * normalDistribution(x);
            case SILU -> x / (1 + StrictMath.exp(-x));
            case ELU -> x > 0 ? x : f.slope() * StrictMath.expm1(x);
        };
    }

    private static double derivative(Activation f, double saved) {
        return switch (f.kind()) {
            case RELU -> saved > 0 ? 1 : 0;
            case LEAKY_RELU -> saved > 0 ? 1 : f.slope();
            case SIGMOID -> saved * (1 - saved);
            case TANH -> 1 - saved * saved;
            case GELU ->
                normalDistribution(saved) + saved * StrictMath.exp(-saved * saved / 2) / StrictMath.sqrt(2 * Math.PI);
            case SILU -> {
                double share = 1 / (1 + StrictMath.exp(-saved));
                yield share * (1 + saved * (1 - share));
            }
            case ELU -> saved > 0 ? 1 : saved + f.slope();
        };
    }

    /** Phi(x) by the series sum of x^(2k+1) / (1*3*...*(2k+1)) times the density (Marsaglia 2004), good to 1e-15. */
    public static double normalDistribution(double x) {
        if (Math.abs(x) > 8) {
            return x > 0 ? 1 : 0;
        }
        double term = x;
        double sum = x;
        for (int k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
            term *= x * x / k;
            sum += term;
        }
        return 0.5 + sum * StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * Math.PI);
    }

    private static float get(MemorySegment memory, long index) {
        return memory.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment memory, long index, float value) {
        memory.setAtIndex(JAVA_FLOAT, index, value);
    }
}
