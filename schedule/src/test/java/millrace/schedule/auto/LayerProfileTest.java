package millrace.schedule.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import millrace.schedule.auto.LayerProfile.Size;
import org.junit.jupiter.api.Test;

class LayerProfileTest {
    @Test
    void aPartForEachActionAndOneForEachSample() {
        LayerProfile layer = new LayerProfile("dense", 4, List.of(size(16, 3 + 16 * 0.5), size(4, 3 + 4 * 0.5)));

        assertThat(layer.at(64).forward()).isCloseTo(3 + 64 * 0.5, within(1e-12));
        assertThat(layer.at(1).forward()).isCloseTo(3.5, within(1e-12));
    }

    @Test
    void asMeasuredWhereItWasMeasured() {
        LayerProfile layer = new LayerProfile("dense", 4, List.of(size(4, 7), size(8, 9), size(16, 30)));

        assertThat(layer.at(8).forward()).isEqualTo(9);
    }

    @Test
    void oneSizeAloneIsInProportion() {
        LayerProfile layer = new LayerProfile("dense", 4, List.of(size(4, 8)));

        assertThat(layer.at(6).forward()).isEqualTo(12);
        assertThat(layer.at(6).step()).isEqualTo(0.5);
    }

    @Test
    void noPartIsBelowZero() {
        LayerProfile steep = new LayerProfile("dense", 4, List.of(size(8, 1), size(16, 3)));
        LayerProfile falling = new LayerProfile("dense", 4, List.of(size(8, 2), size(16, 2), size(32, 1)));

        // 1 / 8 = 0.125 and 3 / 16 = 0.1875 a sample: between them, nearer to the first by relative errors
        assertThat(steep.at(4).forward()).isCloseTo(4 * (8.0 / 1 + 16.0 / 3) / (64.0 / 1 + 256.0 / 9), within(1e-12));
        assertThat(falling.at(64).forward()).isBetween(1.0, 2.0);
    }

    @Test
    void refusesASizeTwice() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerProfile("dense", 4, List.of(size(8, 1), size(8, 2))))
                .withMessage("layer dense: 8 samples twice (expected: each size once)");
    }

    private static Size size(int samples, double forward) {
        return new Size(samples, forward, 1, 1, 0.5, 1, 1);
    }
}
