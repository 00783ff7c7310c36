package millrace.nn.backend;

import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Precision;
import millrace.nn.kernel.bf16.Bf16Kernels;
import millrace.nn.kernel.dnnl.DnnlKernels;
import millrace.nn.kernel.scalar.ScalarDelayKernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.kernel.vector.VectorDelayKernels;
import millrace.nn.kernel.vector.VectorKernels;

/**
 * Who computes: one implementation of everything that is chosen by machine. It is a value, and a part of what a training is:
 * other kernels add up in another order and give other bits. So it travels with the training's spec to all stages and to the
 * reference, and nobody chooses kernels anywhere else. What it has may be shared by threads.
 *
 * @param name for messages and tests
 * @param float32 kernels with factors as they are
 * @param bfloat16 kernels that round the factors of products
 * @param delays predictions and corrections for gradients that are late
 */
public record Backend(String name, Kernels float32, Kernels bfloat16, DelayKernels delays) {
    /** Made when it is asked for first: the native library is not loaded by those who do not want it. */
    private static final class Fast {
        private static final Backend INSTANCE =
                DnnlKernels.load().map(Backend::ofOneDnn).orElseGet(Backend::vector);
    }

    /** What runs by default: oneDNN and the Vector API, or where the platform has no oneDNN {@link #vector()}. */
    public static Backend fast() {
        return Fast.INSTANCE;
    }

    private static Backend ofOneDnn(DnnlKernels kernels) {
        return new Backend("onednn", kernels, kernels.bf16(), new VectorDelayKernels());
    }

    /** The JDK's Vector API alone. */
    public static Backend vector() {
        Kernels kernels = new VectorKernels();
        return new Backend("vector", kernels, new Bf16Kernels(kernels), new VectorDelayKernels());
    }

    /** The plain reference: loops in the order of the formulas, for tests; far too slow for training. */
    public static Backend scalar() {
        Kernels kernels = new ScalarKernels();
        return new Backend("scalar", kernels, new Bf16Kernels(kernels), new ScalarDelayKernels());
    }

    /** The kernels that compute with a precision. */
    public Kernels kernels(Precision precision) {
        return switch (precision) {
            case F32 -> float32;
            case BF16 -> bfloat16;
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
