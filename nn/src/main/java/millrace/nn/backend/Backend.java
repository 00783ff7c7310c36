package millrace.nn.backend;

import java.util.Optional;
import millrace.nn.choice.KernelChoices;
import millrace.nn.choice.ProductTimer;
import millrace.nn.kernel.DelayKernels;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Precision;
import millrace.nn.kernel.bf16.Bf16Kernels;
import millrace.nn.kernel.dnnl.DnnlKernels;
import millrace.nn.kernel.scalar.ScalarDelayKernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import millrace.nn.kernel.vector.VectorApi;
import millrace.nn.kernel.vector.VectorDelayKernels;
import millrace.nn.kernel.vector.VectorKernels;

/**
 * Who computes: one implementation of everything that is chosen by machine. It is a value, and a part of what a training is:
 * other kernels add up in another order and give other bits. So it travels with the training's spec to all stages and to the
 * reference, and nobody chooses kernels anywhere else. What it has may be shared by threads.
 *
 * @param name for messages, tests and checkpoints: two backends of one name are of one kind
 * @param float32 kernels with factors as they are
 * @param bfloat16 kernels that round the factors of products
 * @param delays predictions and corrections for gradients that are late
 */
public record Backend(String name, Kernels float32, Kernels bfloat16, DelayKernels delays) {
    private static final String NO_VECTORS = VectorApi.MODULE + ": not in this JVM (expected: the module that the fast"
            + " kernels need); start java with --add-modules=" + VectorApi.MODULE;

    /** Made when it is asked for first: the native library is not loaded by those who do not want it. */
    private static final class Fast {
        private static final Backend INSTANCE = chosen();

        private static Backend chosen() {
            if (VectorApi.isPresent()) {
                return over(new VectorKernels(), new VectorDelayKernels(), "onednn", "vector");
            }
            // the JDK's own logger: whoever uses this as a library may have set up no other, and has to learn of it
            System.getLogger(Backend.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            NO_VECTORS + ". Until then plain loops are used: slower, with other last bits.");
            return plain();
        }
    }

    /**
     * What runs by default: oneDNN and the Vector API, on platforms without oneDNN {@link #vector()}, and in a JVM without
     * the Vector API {@link #plain()}, of which a warning tells once.
     */
    public static Backend fast() {
        return Fast.INSTANCE;
    }

    /**
     * What decides about the bits of {@link #fast()} beside the processor, in words for people, and without loading
     * anything: whether this JVM has the Vector API.
     */
    public static String kind() {
        return (VectorApi.isPresent() ? "with " : "without ") + VectorApi.MODULE;
    }

    /** The JDK's Vector API alone. */
    public static Backend vector() {
        if (!VectorApi.isPresent()) {
            throw new IllegalStateException(NO_VECTORS);
        }
        return of("vector", new VectorKernels(), new VectorDelayKernels());
    }

    /** Products and convolutions by oneDNN, where the platform has it, and everything else by plain loops. */
    public static Backend plain() {
        return over(new ScalarKernels(), new ScalarDelayKernels(), "onednn-scalar", "scalar");
    }

    /** The plain reference: loops in the order of the formulas, for tests; far too slow for training. */
    public static Backend scalar() {
        return of("scalar", new ScalarKernels(), new ScalarDelayKernels());
    }

    private static Backend over(Kernels others, DelayKernels delays, String withOneDnn, String alone) {
        return DnnlKernels.load(others)
                .map(kernels -> new Backend(withOneDnn, kernels, kernels.bf16(), delays))
                .orElseGet(() -> of(alone, others, delays));
    }

    private static Backend of(String name, Kernels kernels, DelayKernels delays) {
        return new Backend(name, kernels, new Bf16Kernels(kernels), delays);
    }

    /** The kernels that compute with a precision. */
    public Kernels kernels(Precision precision) {
        return switch (precision) {
            case F32 -> float32;
            case BF16 -> bfloat16;
        };
    }

    /** How weight matrices are multiplied in float32, where not as usual. */
    public KernelChoices choices() {
        return float32.choices();
    }

    /** Whether there is more than one way to do that. */
    public boolean chooses() {
        return float32.chooses();
    }

    /**
     * The same, which multiplies weight matrices in float32 in chosen ways; other choices give other bits.
     *
     * @throws IllegalArgumentException when there is a choice and this backend knows one way only
     */
    public Backend choosing(KernelChoices choices) {
        return choices.equals(choices()) ? this : new Backend(name, float32.choosing(choices), bfloat16, delays);
    }

    /** What measures the products that {@link #choosing} may choose of; empty where there is no choice. */
    public Optional<ProductTimer> timer() {
        return float32 instanceof DnnlKernels kernels ? Optional.of(kernels.timer()) : Optional.empty();
    }

    @Override
    public String toString() {
        return name;
    }
}
