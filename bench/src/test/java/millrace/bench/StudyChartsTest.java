package millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import millrace.app.picture.Chart;
import org.junit.jupiter.api.Test;

class StudyChartsTest {
    private static final Rate RATE = Rate.of("1e-3");

    private static MeanCurve curve(double... accuracies) {
        List<RunRow> rows = new ArrayList<>();
        for (int seed = 1; seed <= accuracies.length; seed++) {
            rows.add(new RunRow("mnist-4", StudyMethod.FLUSH, RATE, seed, 10, 1000, 2, accuracies[seed - 1], 1));
        }
        return MeanCurve.of(rows, StudyMethod.FLUSH, RATE).orElseThrow();
    }

    private static Chart.Value only(MeanCurve curve) {
        List<Chart.Value> values = StudyCharts.values(curve, Curve.Point::seconds);
        assertThat(values).hasSize(1);
        return values.getFirst();
    }

    @Test
    void aPointIsTheMeanOfItsSeedsWithTheirSpread() {
        assertThat(only(curve(0.5, 0.25, 0.75, Double.NaN))).isEqualTo(new Chart.Value(2, 50, 25, 75));
    }

    /** The mean of three times 0.1 is not 0.1 in floating point, and a mean outside of its spread would be refused. */
    @Test
    void equalSeedsHaveNoSpread() {
        for (int i = 1; i < 100; i++) {
            double accuracy = i / 100.0;
            Chart.Value value = only(curve(accuracy, accuracy, accuracy, accuracy, accuracy, accuracy, accuracy));
            assertThat(value).isEqualTo(new Chart.Value(2, 100 * accuracy));
        }
    }
}
