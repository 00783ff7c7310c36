package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
    @ParameterizedTest
    @CsvSource({"64MB, 64e6", "1.5GiB, 1610612736", "800k, 8e5", "76B, 76", "76, 76", "2 KiB, 2048", "3mb, 3e6"})
    void bytes(String text, double bytes) {
        assertThat(MemorySize.bytes("--memory", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MB", "0MB", "-3MB", "3 apples", "1e6", "64i"})
    void refusesOthers(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemorySize.bytes("--memory", text))
                .withMessage("--memory: " + text + " (expected: a size above 0, as 64MB, 1.5GiB or 800k)");
    }

    @ParameterizedTest
    @CsvSource({"64e6, 64.0 MB", "999, 999 B", "999.6, 1.00 kB", "1610612736, 1.61 GB", "123456789, 123 MB"})
    void text(double bytes, String text) {
        assertThat(MemorySize.text(bytes)).isEqualTo(text);
    }
}
