package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import millrace.actors.stage.StageProtocol.Position;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private final StallWatch watch = new StallWatch(2);

    private static Position position(int rank, long handled) {
        return new Position(rank, handled, false, "stage " + rank + " waits");
    }

    /** A round in which each rank has handled so many messages. */
    private Optional<String> round(long first, long second) {
        assertThat(watch.begin()).isTrue();
        assertThat(watch.answered(position(0, first))).isEmpty();
        return watch.answered(position(1, second));
    }

    @Test
    void twoRoundsInWhichNobodyHandledAMessageAreAStall() {
        assertThat(round(7, 5)).isEmpty();
        assertThat(round(7, 5))
                .contains("stalled run: stage 0 waits; stage 1 waits (expected: some rank can go on); a message was"
                        + " lost, start again, from the last checkpoint if there is one");
    }

    @Test
    void aRankThatMovedKeepsTheRunAlive() {
        assertThat(round(0, 0)).isEmpty();
        assertThat(round(0, 1)).isEmpty();
        assertThat(round(1, 1)).isEmpty();
        assertThat(round(2, 2)).isEmpty();
        assertThat(round(2, 2)).isPresent();
    }

    @Test
    void aRankThatDoesNotAnswerComputes() {
        assertThat(round(3, 3)).isEmpty();
        assertThat(watch.begin()).isTrue();
        assertThat(watch.answered(position(1, 3))).isEmpty();

        // it is asked once, however long it takes
        for (int later = 0; later < 10; later++) {
            assertThat(watch.begin()).isFalse();
        }
        assertThat(watch.answered(position(0, 4))).isEmpty();
        assertThat(watch.begin()).isTrue();
    }

    @Test
    void aMessageOnItsWayIsNoStallAndNeitherIsTheRoundAfterIt() {
        for (int times = 0; times < 2; times++) {
            assertThat(watch.begin()).isTrue();
            assertThat(watch.answered(new Position(0, 7, true, ""))).isEmpty();
            assertThat(watch.answered(position(1, 5))).isEmpty();
        }

        assertThat(round(7, 5)).as("it may have arrived since the answer").isEmpty();
        assertThat(round(7, 5)).isPresent();
    }

    @Test
    void anEvaluationWhoseLastCreditsAreLostIsAStall() {
        Position source =
                new Position(0, 31, false, "stage 0 waits for credits, 8 of 20 chunks of the test set are through");
        Position last = new Position(1, 27, false, "stage 1 waits for chunk 12 of the test set");
        watch.begin();
        watch.answered(last);
        assertThat(watch.answered(source)).isEmpty();
        watch.begin();
        watch.answered(last);

        assertThat(watch.answered(source))
                .hasValueSatisfying(complaint -> assertThat(complaint)
                        .startsWith("stalled run: stage 0 waits for credits, 8 of 20 chunks of the test set are"
                                + " through; stage 1 waits for chunk 12 of the test set (expected: "));
    }
}
