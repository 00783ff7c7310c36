package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import millrace.actors.rank.actor.TrainerProtocol.Position;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private final StallWatch watch = new StallWatch(2);

    private long asked;

    private void begin() {
        asked = watch.begin().orElseThrow();
    }

    private Position position(int rank, long handled) {
        return new Position(asked, rank, handled, false, "stage " + rank + " waits");
    }

    /** A round in which each rank has handled so many messages. */
    private Optional<String> round(long first, long second) {
        begin();
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
        begin();
        assertThat(watch.answered(position(1, 3))).isEmpty();

        assertThat(watch.begin()).isEmpty();
        assertThat(watch.answered(position(0, 4))).isEmpty();
        assertThat(watch.begin()).isPresent();
    }

    @Test
    void aLostAnswerIsAskedForAgainAndALateOneDoesNotCount() {
        assertThat(round(3, 3)).isEmpty();
        begin();
        assertThat(watch.answered(position(1, 3))).isEmpty();
        Position late = position(0, 3);
        assertThat(watch.begin()).isEmpty();

        begin();
        assertThat(watch.answered(late)).isEmpty();
        assertThat(watch.answered(position(1, 3))).isEmpty();
        assertThat(watch.answered(position(0, 3))).isPresent();
    }

    @Test
    void aMessageOnItsWayIsNoStallAndNeitherIsTheRoundAfterIt() {
        for (int times = 0; times < 2; times++) {
            begin();
            assertThat(watch.answered(new Position(asked, 0, 7, true, ""))).isEmpty();
            assertThat(watch.answered(position(1, 5))).isEmpty();
        }

        assertThat(round(7, 5)).as("it may have arrived since the answer").isEmpty();
        assertThat(round(7, 5)).isPresent();
    }

    @Test
    void anEvaluationWhoseLastCreditsAreLostIsAStall() {
        begin();
        watch.answered(sink());
        assertThat(watch.answered(source())).isEmpty();
        begin();
        watch.answered(sink());

        assertThat(watch.answered(source()))
                .hasValueSatisfying(complaint -> assertThat(complaint)
                        .startsWith("stalled run: stage 0 waits for credits, 8 of 20 chunks of the test set are"
                                + " through; stage 1 waits for chunk 12 of the test set (expected: "));
    }

    private Position source() {
        return new Position(
                asked, 0, 31, false, "stage 0 waits for credits, 8 of 20 chunks of the test set are through");
    }

    private Position sink() {
        return new Position(asked, 1, 27, false, "stage 1 waits for chunk 12 of the test set");
    }
}
