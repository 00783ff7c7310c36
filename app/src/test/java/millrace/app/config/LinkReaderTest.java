package millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import millrace.actors.link.LinkSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkReaderTest {
    @Test
    void everyPartMaySpeakForItself() {
        assertThat(LinkReader.read("latency=2ms, jitter=1ms,bandwidth=1Gbit,drop=0.01,duplicate=0.5", 7))
                .isEqualTo(new LinkSpec(Duration.ofMillis(2), Duration.ofMillis(1), 125e6, 0.01, 0.5, 7));
        assertThat(LinkReader.read("drop=0.25", 7))
                .isEqualTo(new LinkSpec(Duration.ZERO, Duration.ZERO, Double.POSITIVE_INFINITY, 0.25, 0, 7));
        assertThat(LinkReader.read("", 7).isDirect()).isTrue();
        assertThat(LinkReader.read("slow=1:2.5", 7).slowdown(1)).isEqualTo(2.5);
        assertThat(LinkReader.read("slow=1:2.5", 7).slowdown(0)).isEqualTo(1);
        assertThat(LinkReader.read("slow=1:2.5", 7).isDirect()).isTrue();
        assertThat(LinkReader.read("drop=0,duplicate=0.0", 7).isDirect()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "drop=often | link: drop=often (expected: latency=TIME, jitter=TIME, bandwidth=BITS, drop=P, duplicate=P",
                "duplicate= | link: duplicate= (expected: latency=TIME",
                "drop | link: drop (expected: latency=TIME",
                "lose=0.1 | link: lose=0.1 (expected: latency=TIME",
                "slow=2 | link: slow=2 (expected: latency=TIME",
                "slow=1:0.5 | link: slow 1:0.5 (expected: a rank from 0 on, and a factor from 1 to",
                "drop=1 | link: drop 1.0, duplicate 0.0 (expected: probabilities from 0 to below 1)",
                "duplicate=-0.5 | link: drop 0.0, duplicate -0.5 (expected: probabilities from 0 to below 1)",
                "drop=NaN | link: drop NaN, duplicate 0.0 (expected: probabilities from 0 to below 1)"
            })
    void whatIsWrongIsSaid(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LinkReader.read(text, 7))
                .withMessageStartingWith(message);
    }
}
