package millrace.nn.backend;

import static org.assertj.core.api.Assertions.assertThat;

import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.LargeProduct;
import millrace.nn.kernel.Precision;
import org.junit.jupiter.api.Test;

class PeakRateTest {
    /** A library multiplies faster on two threads than loops do on one, whatever else the machine does. */
    @Test
    void isMeasuredByTheKernelsOwnProducts() {
        PeakRate fast = PeakRate.measure(Backend.fast().float32(), 2);
        PeakRate loops = PeakRate.measure(Backend.vector().float32(), 1);

        assertThat(fast.threads()).isEqualTo(2);
        assertThat(fast.factors()).isEqualTo(Precision.F32);
        assertThat(fast.gigaflops()).isGreaterThan(loops.gigaflops());
        assertThat(loops.gigaflops()).isBetween(1e-3, 200.0);
    }

    /** Rounding in software has no peak of its own. */
    @Test
    void bfloat16IsThatOfTheProcessorOrFloat32() {
        Kernels kernels = Backend.fast().bfloat16();
        boolean software = kernels.toString().contains("software");

        try (LargeProduct product = kernels.largeProduct(48)) {
            product.run();
            assertThat(product.factors()).isEqualTo(software ? Precision.F32 : Precision.BF16);
        }
    }
}
