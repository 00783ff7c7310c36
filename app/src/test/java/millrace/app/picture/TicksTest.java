package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicksTest {
    @ParameterizedTest
    @CsvSource({
        "0, 33, 10, 0 5 10 15 20 25 30",
        "0, 10, 10, 0 1 2 3 4 5 6 7 8 9 10",
        "0, 0.37, 4, 0.0 0.1 0.2 0.3",
        "0, 0.00012, 3, 0.00000 0.00005 0.00010",
        "17, 42, 5, 20 25 30 35 40",
        "0, 123456, 3, 0 50000 100000",
        "3, 3, 5, 3",
        "0, 0.3, 3, 0.0 0.1 0.2 0.3"
    })
    void areRound(double from, double to, int most, String labels) {
        Ticks ticks = Ticks.between(from, to, most);
        assertThat(String.join(" ", ticks.values().stream().map(ticks::label).toList()))
                .isEqualTo(labels);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "33, 33", "0.375912, 0.3759", "123456.7, 123500", "1e-7, 0.0000001", "1.0999999999, 1.1"})
    void briefNumbersKeepFourDigits(double value, String text) {
        assertThat(Ticks.brief(value)).isEqualTo(text);
    }
}
