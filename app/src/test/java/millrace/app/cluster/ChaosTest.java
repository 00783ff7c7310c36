package millrace.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChaosTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "kill-worker=1@step100",
                "crashes=200",
                "crashes=200@seed7",
                "kill-worker=1@step100,crashes=1@seed0",
            })
    void whatCutsNoLinks(String text) {
        assertThat(Chaos.parse(text).cutsLinks()).isFalse();
    }

    @Test
    void partitionsCutLinks() {
        assertThat(Chaos.parse("crashes=3,partition=0|1,2@step200+5s").cutsLinks())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "crash",
                "crashes=0",
                "crashes=-1",
                "crashes=1234567",
                "crashes=3@step5",
                "kill-worker=99999999999@step1",
                "kill-worker=1@step100,",
                "kill-worker=1@step100 crashes=2",
                "partition=0@step200+5s",
            })
    void whatIsNoFaultIsNamed(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Chaos.parse(text))
                .withMessageStartingWith("--chaos: " + text + " (expected: ");
    }
}
