package millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import millrace.schedule.Action.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActionTest {
    @ParameterizedTest
    @CsvSource({"2F0, 2, F, 0", "0B7, 0, B, 7", "12I34, 12, I, 34", "999999999W999999999, 999999999, W, 999999999"})
    void textSaysStageKindAndMicroBatch(String text, int stage, Kind kind, int microBatch) {
        Action action = new Action(stage, kind, microBatch);

        assertThat(action).hasToString(text);
        assertThat(Action.parse(text)).isEqualTo(action);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void textParsesBackToTheSameAction(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            Kind kind = Kind.valueOf(String.valueOf("FBIW".charAt(random.nextInt(4))));
            Action action = new Action(random.nextInt(1_000_000_000), kind, random.nextInt(1_000_000_000));

            assertThat(Action.parse(action.toString())).as("seed " + seed).isEqualTo(action);
        }
    }

    @Test
    void shortFormsAreForwardAndFullBackward() {
        assertThat(Action.forward(3, 1)).hasToString("3F1");
        assertThat(Action.backward(3, 1)).hasToString("3B1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "F", "2F", "F0", "2X0", "2f0", " 2F0", "2F0 ", "-2F0", "2F-1", "2FB0", "2F1234567890"})
    void otherTextIsRefusedWithTheForm(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Action.parse(text))
                .withMessage("action: \"" + text
                        + "\" (expected: stage number, one of F B I W R, micro-batch number, as in 2F0)");
    }

    @Test
    void negativeNumbersAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Action.forward(-1, 0))
                .withMessage("action: stage -1, micro-batch 0 (expected: numbers of 0 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Action.backward(0, -1))
                .withMessage("action: stage 0, micro-batch -1 (expected: numbers of 0 or more)");
    }
}
