package millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateSearchTest {
    @ParameterizedTest
    @CsvSource({"1e-3, 3e-4, 3e-3", "3e-4, 1e-4, 1e-3", "3e-1, 1e-1, 1e0", "1e0, 3e-1, 3e0", "3e1, 1e1, 1e2"})
    void ratesAreAFactorOfAboutThreeApart(String text, String lower, String higher) {
        Rate rate = Rate.of(text);
        assertThat(rate).hasToString(text);
        assertThat(rate.lower()).hasToString(lower);
        assertThat(rate.higher()).hasToString(higher);
        assertThat(rate).isGreaterThan(rate.lower());
    }

    @Test
    void otherRatesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rate.of("2e-4"))
                .withMessage("rate: 2e-4 (expected: 1 or 3 times a power of ten, as 3e-4)");
    }

    @Test
    void aBestRateInsideEndsTheSearch() {
        assertThat(search(rate -> rate == 1e-3 ? 0.9 : 0.8)).containsExactly("3e-4", "1e-3", "3e-3", "1e-2");
    }

    @Test
    void aBestRateAtAnEdgeExtendsIt() {
        assertThat(search(rate -> rate == 3e-4 ? 0.9 : 0.8)).containsExactly("1e-4", "3e-4", "1e-3", "3e-3", "1e-2");
    }

    @Test
    void theSearchGoesThreeRatesBeyondAtMost() {
        assertThat(search(rate -> rate)).containsExactly("3e-4", "1e-3", "3e-3", "1e-2", "3e-2", "1e-1", "3e-1");
    }

    @Test
    void whereAllDivergesLowerRatesAreTried() {
        assertThat(search(rate -> rate > 5e-5 ? Double.NaN : 0.5 + rate))
                .containsExactly("1e-5", "3e-5", "1e-4", "3e-4", "1e-3", "3e-3", "1e-2");
    }

    @Test
    void anInterruptedSearchTriesWhatIsMissing() {
        NavigableMap<Rate, Double> tried = new TreeMap<>();
        tried.put(Rate.of("1e-3"), 0.9);
        assertThat(RateSearch.toTry(Rate.of("3e-4"), tried))
                .containsExactly(Rate.of("3e-4"), Rate.of("3e-3"), Rate.of("1e-2"));
    }

    @Test
    void theBestOfEqualRatesIsTheLowestAndNoneIsBestWhereAllDiverged() {
        NavigableMap<Rate, Double> tried = new TreeMap<>();
        tried.put(Rate.of("3e-3"), Double.NaN);
        assertThat(RateSearch.best(tried)).isEmpty();
        assertThat(RateSearch.endedAtEdge(tried)).isFalse();
        tried.put(Rate.of("1e-3"), 0.9);
        tried.put(Rate.of("3e-4"), 0.9);
        assertThat(RateSearch.best(tried)).contains(Rate.of("3e-4"));
        assertThat(RateSearch.endedAtEdge(tried)).isTrue();
    }

    /** The rates that a search from 3e-4 tries, ascending. */
    private static List<String> search(ToDoubleFunction<Double> accuracy) {
        NavigableMap<Rate, Double> tried = new TreeMap<>();
        List<Rate> round = RateSearch.toTry(Rate.of("3e-4"), tried);
        while (!round.isEmpty()) {
            for (Rate rate : round) {
                tried.put(rate, accuracy.applyAsDouble(Double.valueOf(rate.toString())));
            }
            round = RateSearch.toTry(Rate.of("3e-4"), tried);
        }
        List<String> rates = new ArrayList<>();
        tried.keySet().forEach(rate -> rates.add(rate.toString()));
        return rates;
    }
}
