package millrace.nn.kernel.dnnl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import millrace.nn.backend.Backend;
import millrace.nn.choice.Choice.Form;
import millrace.nn.choice.KernelChoices;
import millrace.nn.choice.KernelTable.Size;
import millrace.nn.choice.ProductTimer;
import millrace.nn.choice.ProductTimes;
import millrace.nn.kernel.Kernels;
import millrace.nn.kernel.Kernels.Sharing;
import millrace.nn.kernel.Linear;
import org.junit.jupiter.api.Test;

/** Kernels follow what was chosen, and only where it was. */
class DnnlChoicesTest {
    private static final KernelChoices CHOICES = KernelChoices.parse(List.of(
            "256 x 8, 2 forwards: forward packed, backward-input plain, rows close",
            "20 x 8, 9 forwards: forward plain, backward-input plain, rows padded",
            "30 x 8, 1 forward: forward plain, backward-input packed, rows close"));

    private static boolean packs(Kernels kernels, int in, int out) {
        Linear linear = kernels.linear(new Linear.Sizes(in, out, kernels.stride(out, in)));
        try {
            return linear instanceof DnnlPrimitiveLinear;
        } finally {
            linear.close();
        }
    }

    @Test
    void kernelsFollowWhatWasChosen() {
        assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
        Kernels usual = Backend.fast().float32();
        Kernels chosen = Backend.fast().choosing(CHOICES).float32();

        assertThat(chosen.choices()).isEqualTo(CHOICES);
        assertThat(chosen.stride(8, 256)).isEqualTo(256);
        assertThat(chosen.stride(8, 20)).isEqualTo(36);
        assertThat(chosen.stride(8, 512)).isEqualTo(usual.stride(8, 512)).isEqualTo(528);
        assertThat(packs(chosen.preparedFor(new Sharing(2, 0)), 256, 8)).isTrue();
        assertThat(packs(chosen.preparedFor(new Sharing(3, 0)), 256, 8))
                .isEqualTo(packs(usual.preparedFor(new Sharing(3, 0)), 256, 8));
        assertThat(packs(chosen.preparedFor(new Sharing(9, 0)), 20, 8)).isFalse();
        assertThat(packs(chosen.preparedFor(new Sharing(1, 0)), 30, 8)).isTrue();
        assertThat(packs(chosen, 30, 8)).isFalse();
        assertThat(Backend.fast().choosing(KernelChoices.NONE)).isSameAs(Backend.fast());
    }

    @Test
    void aBackendThatHasOneWayRefusesAnother() {
        assertThat(Backend.scalar().choosing(KernelChoices.NONE).choices()).isEqualTo(KernelChoices.NONE);
        assertThat(Backend.scalar().timer()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Backend.scalar().choosing(CHOICES))
                .withMessageStartingWith("kernels: 20 x 8, 9 forwards: forward plain, backward-input plain, rows padded"
                        + " (expected: none, the kernels of this machine, ");
    }

    @Test
    void productsOfAllFormsAreTimed() {
        assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
        ProductTimer timer = Backend.fast().timer().orElseThrow();

        ProductTimes times = timer.measure(new Size(24, 10, 4, true));

        // how long they take is not for a test
        assertThat(times.forward().primitive()).isPositive();
        assertThat(timer.processor().library()).startsWith("oneDNN 3.");
        assertThat(timer.usual().of(256, 8, 1)).hasToString("forward plain, backward-input plain, rows padded");
    }

    /** Large matrices that few forwards share are left to the primitive: a copy would not pay, a plain product is slower. */
    @Test
    void whatIsUsualFollowsFromTheSizeAndTheForwards() {
        assumeTrue(Backend.fast().chooses(), "oneDNN is not there for this platform");
        ProductTimer timer = Backend.fast().timer().orElseThrow();
        assumeTrue(
                timer.processor().instructions().startsWith("AVX-512"), "without AVX-512 all products are plain ones");

        assertThat(timer.usual().of(1024, 1023, 1).forward()).isEqualTo(Form.PLAIN);
        for (int forwards : new int[] {0, 1, 3}) {
            assertThat(timer.usual().of(1024, 1024, forwards))
                    .hasToString("forward primitive, backward-input plain, rows padded");
        }
        assertThat(timer.usual().of(1024, 1024, 4)).hasToString("forward packed, backward-input plain, rows padded");
        assertThat(timer.usual().of(16, 16, 4).forward()).isEqualTo(Form.PACKED);
        assertThat(timer.usual().of(46341, 46341, 1).forward()).isEqualTo(Form.PRIMITIVE);
    }
}
