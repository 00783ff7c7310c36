package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import millrace.actors.checkpoint.CheckpointPace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cuts come as often as they may: what one costs is read off the steps after it. */
class CutPaceTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long STEP = SECOND / 50;

    private long now = 17;

    /** Steps until the next cut is due, the first of which are longer by what the last cut costs; returns the time of them all. */
    private long untilDue(CutPace pace, double cost, Random noise) {
        long begun = now;
        double left = cost;
        while (!pace.isDue(now)) {
            double more = Math.min(left, STEP);
            left -= more;
            now += (long) ((STEP + more) * (1 + 0.1 * (noise.nextDouble() - 0.5)));
            pace.stepped(now);
        }
        long time = now - begun;
        pace.begun(now);
        return time;
    }

    private static double seconds(long nanos) {
        return (double) nanos / SECOND;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.15, 0.4, 1.3})
    void theyTakeTheShareOfTheTimeThatTheyMay(double cost) {
        Random noise = new Random(1);
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        for (int i = 0; i < 10; i++) {
            untilDue(pace, cost * SECOND, noise);
        }

        assertThat(seconds(untilDue(pace, cost * SECOND, noise))).isBetween(cost / 0.02 * 0.8, cost / 0.02 * 1.2);
    }

    @Test
    void thoseThatCostNextToNothingComeAtTheInterval() {
        Random noise = new Random(2);
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        for (int i = 0; i < 10; i++) {
            assertThat(seconds(untilDue(pace, 0.01 * SECOND, noise))).isBetween(5.0, 7.0);
        }
    }

    @Test
    void aDearOneAmongCheapOnesChangesLittle() {
        Random noise = new Random(3);
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        untilDue(pace, 0, noise);
        for (int i = 0; i < 10; i++) {
            double cost = i % 4 == 0 ? 2 : 0.05;
            assertThat(seconds(untilDue(pace, cost * SECOND, noise)))
                    .as("after %d", i)
                    .isLessThan(10.5);
        }
    }

    @Test
    void nothingIsLearntOfStepsThatShareTheCoresWithAnEvaluation() {
        Random noise = new Random(4);
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        for (int i = 0; i < 5; i++) {
            pace.disturbed();
            assertThat(seconds(untilDue(pace, 2.0 * SECOND, noise))).isBetween(5.0, 5.1);
        }
    }

    @Test
    void whereTheIntervalIsAskedForItIsKeptWhateverTheyCost() {
        Random noise = new Random(5);
        CutPace pace = new CutPace(CheckpointPace.every(Duration.ofSeconds(2)), now);
        for (int i = 0; i < 5; i++) {
            assertThat(seconds(untilDue(pace, 0.8 * SECOND, noise))).isBetween(2.0, 2.1);
        }
    }

    /** Then there is nothing to compare: cuts come less often until there is. */
    @Test
    void aLineWithASingleStepBetweenTwoIsNotCutAfterEach() {
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        for (int i = 0; i < 2; i++) {
            now += 6 * SECOND;
            pace.stepped(now);
            assertThat(pace.isDue(now)).isTrue();
            pace.begun(now);
        }
        now += 6 * SECOND;
        pace.stepped(now);
        assertThat(pace.isDue(now)).isFalse();
        now += 6 * SECOND;
        assertThat(pace.isDue(now)).isTrue();
    }

    /** While it is written all steps are slow alike, which looks as if it cost nothing. */
    @ParameterizedTest
    @ValueSource(ints = {3, 6, 30})
    void aCutThatTakesLongToWriteIsMeasuredAfterwards(int seconds) {
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        pace.begun(now);
        long begun = now;
        boolean written = false;
        while (now - begun < 400 * SECOND) {
            // until it is written, steps take a fifth longer
            now += written ? STEP : STEP * 6 / 5;
            pace.stepped(now);
            if (!written && now - begun >= seconds * SECOND) {
                written = true;
                pace.committed(now);
            }
            if (written && pace.isDue(now)) {
                pace.begun(now);
                begun = now;
                written = false;
                if (seconds(now) > 2_000) {
                    break;
                }
            }
        }
        // each costs a sixth of the time that it takes
        long dueAfter = 0;
        while (!pace.isDue(now + dueAfter)) {
            dueAfter += STEP;
        }
        assertThat(seconds(dueAfter)).isBetween(seconds / 6.0 / 0.02 * 0.8, seconds / 6.0 / 0.02 * 1.2);
    }

    @Test
    void whatACutThatFailedSeemsToCostIsNotRemembered() {
        Random noise = new Random(6);
        CutPace pace = new CutPace(CheckpointPace.USUAL, now);
        for (int i = 0; i < 8; i++) {
            untilDue(pace, 0.4 * SECOND, noise);
        }
        for (int i = 0; i < 6; i++) {
            now += SECOND;
            pace.stepped(now);
            pace.disturbed();
            pace.begun(now);
        }
        assertThat(seconds(untilDue(pace, 0.4 * SECOND, noise))).isBetween(16.0, 24.0);
    }
}
