package millrace.nn.golden;

import java.util.stream.Stream;
import millrace.nn.backend.Backend;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.scalar.ScalarKernels;
import org.junit.jupiter.api.Named;

/** The reference and the kernels that run, as arguments of a parameterized test. */
public final class BothKernels {
    /** For {@code @MethodSource}. */
    public static final String ALL = "millrace.nn.golden.BothKernels#all";

    private BothKernels() {}

    public static Stream<Named<Kernels>> all() {
        return Stream.of(
                Named.of("scalar", new ScalarKernels()),
                Named.of("fast", Backend.fast().float32()));
    }
}
