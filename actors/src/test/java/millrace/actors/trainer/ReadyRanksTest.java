package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class ReadyRanksTest {
    private final ReadyRanks ranks = new ReadyRanks(3, 7);

    @Test
    void aStepCanBeMadeWhenAllRanksCanOnceEach() {
        assertThat(ranks.add(2, 8)).isFalse();
        assertThat(ranks.add(0, 8)).isFalse();
        assertThat(ranks.add(0, 8)).as("twice").isFalse();
        assertThat(ranks.add(1, 7)).as("made before").isFalse();
        assertThat(ranks.add(1, 8)).isTrue();
        assertThat(ranks.add(1, 8)).as("made by now").isFalse();

        assertThat(ranks.add(0, 9)).isFalse();
        assertThat(ranks.add(1, 9)).isFalse();
        assertThat(ranks.add(2, 9)).isTrue();
    }

    @Test
    void nobodyIsAStepAhead() {
        assertThatIllegalStateException().isThrownBy(() -> ranks.add(0, 9)).withMessageContaining("(expected: 8,");
    }
}
