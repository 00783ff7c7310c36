package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import millrace.schedule.Action.Kind;
import org.junit.jupiter.api.Test;

class PaletteTest {
    @Test
    void kindsKeepApartInGrey() {
        List<Double> brightness = List.of(
                Palette.of(Kind.F).brightness(),
                Palette.of(Kind.I).brightness(),
                Palette.of(Kind.B).brightness(),
                Palette.of(Kind.W).brightness(),
                Palette.IDLE.brightness());
        for (int i = 1; i < brightness.size(); i++) {
            assertThat(brightness.get(i) - brightness.get(i - 1)).isGreaterThan(0.1);
        }
    }

    @Test
    void everyFurtherStageOfARankIsLighterAndNoneIsWhite() {
        for (int chunks : new int[] {2, 3, 8}) {
            for (int chunk = 1; chunk < chunks; chunk++) {
                assertThat(Palette.of(Kind.F, chunk, chunks).brightness())
                        .isGreaterThan(Palette.of(Kind.F, chunk - 1, chunks).brightness())
                        .isLessThan(0.8);
            }
        }
    }

    @Test
    void inkIsReadable() {
        assertThat(Palette.of(Kind.F).ink()).isEqualTo(Colour.WHITE);
        assertThat(Palette.of(Kind.W).ink()).isEqualTo(Colour.BLACK);
    }
}
