package millrace.actors.cluster;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PlanSourceTest {
    @Test
    void whatDoesNotFitOnANodeIsToldWithItsName() {
        PlanSource other = configuration -> {
            throw new IllegalArgumentException("data " + configuration + ": 61 samples (expected: 60 samples)");
        };

        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.on("10.0.0.7:25520").remembering().plan("d.csv"))
                .withMessage("node 10.0.0.7:25520: data d.csv: 61 samples (expected: 60 samples)");
    }

    @Test
    void otherFailuresStayWhatTheyAre() {
        PlanSource broken = configuration -> {
            throw new IllegalStateException(configuration);
        };

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> broken.on("a:1").plan("x"))
                .withMessage("x");
    }
}
