package millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StudyTablesTest {
    private static final Rate RATE = Rate.of("1e-3");

    @Test
    void aRowHoldsMeansOverSeeds() {
        List<RunRow> rows = new ArrayList<>();
        add(rows, StudyMethod.FLUSH, 1, 0.90, 0.96);
        add(rows, StudyMethod.FLUSH, 2, 0.92, 0.98);
        add(rows, StudyMethod.LIVE, 1, 0.50, 0.60);
        rows.add(new RunRow("mnist-4", StudyMethod.LIVE, RATE, 2, 3, 1500, 1, Double.NaN, Double.NaN));
        rows.add(new RunRow("mnist-4", StudyMethod.PREDICT, RATE, 1, 3, 1500, 1, Double.NaN, Double.NaN));
        // a rate that is not asked for
        rows.add(new RunRow("mnist-4", StudyMethod.FLUSH, RATE.lower(), 3, 10, 1000, 1, 0.1, 1));
        List<MeanCurve> curves = new ArrayList<>();
        for (StudyMethod method : StudyMethod.values()) {
            MeanCurve.of(rows, method, RATE).ifPresent(curves::add);
        }
        assertThat(StudyTables.methods(0.91, curves)).isEqualTo("""
                | method | best lr | test accuracy, mean (range) | samples to 91 % | seconds to 91 % | samples/s |
                | --- | --- | --- | ---: | ---: | ---: |
                | flush | 1e-3 | 97.00 % (96.00 to 98.00) | 1,000 | 1.0 | 500 |
                | live | 1e-3 | 60.00 % (60.00 to 60.00), 1 of 2 seeds diverged | - | - | 500 |
                | predict | 1e-3 | 1 of 1 seeds diverged | - | - | - |
                """);
    }

    @Test
    void ratesStandSideBySide() {
        Map<StudyMethod, NavigableMap<Rate, Double>> tried = new EnumMap<>(StudyMethod.class);
        tried.put(StudyMethod.FLUSH, new TreeMap<>(Map.of(RATE, 0.9, RATE.lower(), 0.8, RATE.higher(), Double.NaN)));
        tried.put(StudyMethod.TWO_BUFFERS, new TreeMap<>(Map.of(RATE.lower(), 0.7)));
        assertThat(StudyTables.rates(tried)).isEqualTo("""
                | lr | 3e-4 | 1e-3 | 3e-3 |
                | --- | --- | --- | --- |
                | flush | 80.00 % | **90.00 %** | diverged |
                | 2bw (at an edge) | **70.00 %** |  |  |
                """);
    }

    private static void add(List<RunRow> rows, StudyMethod method, long seed, double first, double last) {
        rows.add(new RunRow("mnist-4", method, RATE, seed, 10, 1000, 1, first, 0.3));
        rows.add(new RunRow("mnist-4", method, RATE, seed, 20, 2000, 3, last, 0.1));
    }
}
