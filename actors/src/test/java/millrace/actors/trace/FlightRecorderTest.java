package millrace.actors.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Traffic;
import millrace.schedule.Action;
import org.junit.jupiter.api.Test;

/** What is kept of a rank for whoever watches it, and what is not. */
class FlightRecorderTest {
    private final FlightRecorder recorder = new FlightRecorder("run", 1, 2);
    private long now = System.nanoTime();

    private void forward(int microBatch) {
        recorder.worked(Doing.ACTION, 7, Action.forward(1, microBatch), null, now, now + 10, 64);
        now += 20;
    }

    private FlightRecord look() {
        return recorder.look(now - Duration.ofSeconds(10).toNanos());
    }

    @Test
    void sumsAreAlwaysCounted() {
        forward(0);
        forward(1);
        recorder.sent(2, 100, 7, Action.forward(2, 0), now);
        recorder.sent(2, 50, 7, null, now);
        recorder.made(8);

        FlightRecord seen = look();

        assertThat(seen.rank()).isEqualTo(1);
        assertThat(seen.runEpoch()).isEqualTo(2);
        assertThat(seen.totals().busyNanos()).isEqualTo(20);
        assertThat(seen.totals().steps()).isEqualTo(8);
        assertThat(seen.totals().sent()).containsOnlyKeys(2).containsEntry(2, new Traffic(2, 150));
        assertThat(seen.totals().wholeNanos()).isPositive();
    }

    @Test
    void singleActionsAreKeptWhileSomebodyLooks() {
        forward(0);
        recorder.received(7, Action.forward(1, 0), now);
        assertThat(look().spans()).isEmpty();
        assertThat(recorder.isWatched()).isTrue();

        forward(1);
        recorder.received(7, Action.forward(1, 2), now);
        recorder.sent(2, 0, 7, Action.forward(2, 1), now);
        recorder.worked(Doing.STEP, 7, null, null, now, now + 5, 0);

        FlightRecord seen = look();
        assertThat(seen.spans()).hasSize(2);
        assertThat(seen.spans().getFirst().action()).isEqualTo(Action.forward(1, 1));
        assertThat(seen.spans().getFirst().held()).isEqualTo(64);
        assertThat(seen.spans().getLast().doing()).isEqualTo(Doing.STEP);
        assertThat(seen.passages()).extracting(FlightRecord.Passage::sent).containsExactly(false, true);
    }

    @Test
    void whoDoesNotLookAgainIsForgotten() {
        look();
        forward(0);
        now += Duration.ofSeconds(4).toNanos();
        forward(1);
        assertThat(recorder.isWatched()).isFalse();

        assertThat(look().spans()).isEmpty();
    }

    @Test
    void theOldestIsForgottenFirst() {
        look();
        for (int i = 0; i < FlightRecorder.MOST_SPANS + 3; i++) {
            forward(i);
        }

        FlightRecord seen = look();
        assertThat(seen.spans()).hasSize(FlightRecorder.MOST_SPANS);
        assertThat(seen.spans().getFirst().action()).isEqualTo(Action.forward(1, 3));
        assertThat(recorder.look(now - 25).spans()).as("what ended since").hasSize(1);
    }

    @Test
    void whatItHoldsIsLookedAtSeldomWhereNobodyWatches() {
        assertThat(recorder.wantsLevels(now)).isTrue();
        assertThat(recorder.wantsLevels(now + Duration.ofMillis(900).toNanos())).isFalse();
        assertThat(recorder.wantsLevels(now + Duration.ofMillis(1001).toNanos()))
                .isTrue();
        Levels levels = new Levels(10, 20, 3, 4, 5, 2.5);
        recorder.levels(levels);
        assertThat(look().levels()).isEqualTo(levels);
    }

    @Test
    void aClockOfAnotherNodeIsMovedToThisOne() {
        look();
        forward(0);
        recorder.received(7, Action.forward(1, 1), now);

        FlightRecord here = look().later(1000);

        assertThat(here.spans().getFirst().end()).isEqualTo(now - 10 + 1000);
        assertThat(here.passages().getFirst().at()).isEqualTo(now + 1000);
    }
}
