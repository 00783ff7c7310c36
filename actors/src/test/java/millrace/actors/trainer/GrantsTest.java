package millrace.actors.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrantsTest {
    private static final long MILLISECOND = 1_000_000;
    private static final long NONE = -1;

    /** Makes steps of the same length until their mean is known. */
    private static Grants after(int steps, long stepNanos) {
        Grants grants = new Grants(0, 0);
        for (int step = 1; step <= steps; step++) {
            grants.stepped(step * stepNanos);
        }
        return grants;
    }

    @Test
    void theFirstGrantIsTwoStepsBecauseNothingIsKnownYet() {
        Grants grants = new Grants(10, 0);

        assertThat(grants.granted()).isEqualTo(10);
        assertThat(grants.next(10, 100)).isEqualTo(12);
        assertThat(grants.granted()).isEqualTo(12);
    }

    @Test
    void aStepOfAQuarterOfASecondOrMoreKeepsTheWindowAtTwo() {
        assertThat(after(50, 250 * MILLISECOND).next(50, 1000)).isEqualTo(52);
        assertThat(after(50, 9000 * MILLISECOND).next(50, 1000)).isEqualTo(52);
    }

    @Test
    void theWindowIsAQuarterOfASecondOfSteps() {
        assertThat(after(200, 10 * MILLISECOND).next(200, 1000)).isBetween(223L, 225L);
    }

    @Test
    void theWindowOfTheShortestStepsIsBounded() {
        assertThat(after(200, 1000).next(200, 1000)).isEqualTo(200 + 256);
        assertThat(after(200, 0).next(200, 1000)).isEqualTo(200 + 256);
    }

    @Test
    void aNewGrantComesWhenHalfOfTheOldIsUsedUp() {
        Grants grants = after(200, 1000);
        assertThat(grants.next(200, 1000)).isEqualTo(456);

        assertThat(grants.next(327, 1000)).isEqualTo(NONE);
        assertThat(grants.next(328, 1000)).isEqualTo(328 + 256);
    }

    @Test
    void theTargetIsNeverPassed() {
        Grants grants = after(200, 1000);

        assertThat(grants.next(200, 210)).isEqualTo(210);
        assertThat(grants.next(209, 210)).isEqualTo(NONE);
        assertThat(grants.next(210, 210)).isEqualTo(NONE);
        assertThat(grants.next(210, 1000)).isEqualTo(466);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aRunThatAsksAfterEveryStepNeverStandsStill(long seed) {
        Random random = new Random(seed);
        long target = 1L + random.nextInt(2000);
        Grants grants = new Grants(0, 0);
        long now = 0;
        long granted = Math.max(0, grants.next(0, target));
        for (long step = 1; step <= target; step++) {
            assertThat(granted).as("seed %d, step %d of %d", seed, step, target).isBetween(step, target);
            now += (long) (MILLISECOND * Math.exp(6 * random.nextGaussian()));
            grants.stepped(now);
            granted = Math.max(granted, grants.next(step, target));
            assertThat(grants.granted()).isEqualTo(granted);
        }
    }
}
