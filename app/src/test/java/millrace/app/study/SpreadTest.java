package millrace.app.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpreadTest {
    /** Values of numpy's {@code mean()} and {@code std(ddof=1)}. */
    @Test
    void theDeviationIsThatOfASample() {
        Spread spread = Spread.of(List.of(0.91, 0.95, 0.93, 0.96));

        assertThat(spread.n()).isEqualTo(4);
        assertThat(spread.mean()).isCloseTo(0.9375, within(1e-12));
        assertThat(spread.deviation()).isCloseTo(0.0221735578, within(1e-9));
        assertThat(spread.words("%.3f")).isEqualTo("0.938 +- 0.022");
        assertThat(spread.at(3).low()).isCloseTo(0.9153264422, within(1e-9));
        assertThat(spread.at(3).high()).isCloseTo(0.9596735578, within(1e-9));
    }

    @Test
    void oneMeasurementHasNoSpreadAndNoneNoMean() {
        assertThat(Spread.of(List.of(2.5)).words("%.1f")).isEqualTo("2.5");
        assertThat(Spread.of(List.of(2.5)).at(1).low()).isEqualTo(2.5);
        assertThat(Spread.of(List.of()).words("%.1f")).isEqualTo("-");
    }

    @Test
    void theSignIsTheMeansAlone() {
        assertThat(Spread.of(List.of(1.0, 3.0)).words("%+.1f %%")).isEqualTo("+2.0 % +- 1.4 %");
    }

    @Test
    void theCaptionSaysHowMany() {
        assertThat(Spread.caption(IntStream.of(3, 3).summaryStatistics(), "seeds"))
                .isEqualTo("mean +- standard deviation, n = 3 seeds");
        assertThat(Spread.caption(IntStream.of(2, 3).summaryStatistics(), "runs"))
                .isEqualTo("mean +- standard deviation, n = 2 to 3 runs");
    }
}
