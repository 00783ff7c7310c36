package millrace.app.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import millrace.actors.observe.Observation;
import millrace.actors.observe.Observation.ObservedRank;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Passage;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.FlightRecord.Totals;
import millrace.app.live.Waits.Cause;
import millrace.app.live.Waits.Wait;
import millrace.schedule.Action;
import millrace.schedule.Schedules;
import org.junit.jupiter.api.Test;

/** Why ranks of two stages waited, in a batch that is written down here. Times are in milliseconds. */
class WaitsTest {
    private static final long MS = 1_000_000;

    private final LineHistory history =
            new LineHistory(Schedules.generate("1f1b", 2, 2).placement());
    private final List<Span> first = new ArrayList<>();
    private final List<Span> second = new ArrayList<>();
    private final List<Passage> came = new ArrayList<>();

    private static Span span(String action, long step, long start, long end) {
        return new Span(Doing.ACTION, step, Action.parse(action), null, start * MS, end * MS, 0);
    }

    private static ObservedRank rank(int rank, long epoch, List<Span> spans, List<Passage> passages) {
        return new ObservedRank(
                "node-" + rank,
                new FlightRecord(rank, epoch, spans, passages, new Totals(1, 0, 1, new TreeMap<>()), Levels.NONE));
    }

    private void take(long now) {
        history.take(new Observation(now * MS, List.of(rank(0, 1, first, List.of()), rank(1, 1, second, came)), 0));
    }

    private List<Wait> waits() {
        return Waits.between(history, 2, 0, 1000 * MS);
    }

    private List<Span> spansOf(int rank) {
        return Objects.requireNonNull(history.rows().get(rank)).spans;
    }

    @Test
    void aResultIsMadeThenTravelsThenIsNotTakenAtOnce() {
        first.add(span("0F0", 5, 0, 10));
        first.add(span("0F1", 5, 10, 30));
        second.add(span("1F0", 5, 11, 15));
        second.add(span("1F1", 5, 50, 60));
        came.add(new Passage(false, 5, Action.forward(1, 0), 11 * MS));
        came.add(new Passage(false, 5, Action.forward(1, 1), 42 * MS));
        take(100);

        assertThat(waits())
                .containsExactly(
                        wait(15, 30, Cause.DEPENDENCY), wait(30, 42, Cause.COMMUNICATION), wait(42, 50, Cause.HOST));
    }

    private static Wait wait(long start, long end, Cause cause) {
        return new Wait(1, start * MS, end * MS, cause, "1F1", Optional.of(Action.forward(0, 1)), 0);
    }

    @Test
    void afterABatchTheFirstStageWaitsForTheWordToGoOn() {
        first.add(span("0B1", 5, 0, 10));
        first.add(new Span(Doing.STEP, 5, null, null, 20 * MS, 21 * MS, 0));
        first.add(span("0F0", 6, 30, 40));
        take(100);

        assertThat(waits())
                .extracting(Wait::cause, Wait::start, Wait::waitsFor)
                .containsExactly(
                        tuple(Cause.BATCH, 10 * MS, Optional.empty()), tuple(Cause.BATCH, 21 * MS, Optional.empty()));
    }

    /** An action is known when it is over: the wait before it is told then, however long it took. */
    @Test
    void aWaitIsToldWithTheActionAfterIt() {
        second.add(span("1F0", 5, 0, 10));
        second.add(span("1F1", 5, 20, 1020));
        take(1100);

        assertThat(Waits.between(history, 2, 0, 900 * MS)).isEmpty();
        assertThat(Waits.between(history, 2, 900 * MS, 1100 * MS)).hasSize(1);
    }

    @Test
    void whoMadeItMayBeUnknown() {
        second.add(span("1F0", 5, 0, 10));
        second.add(span("1F1", 5, 20, 30));
        take(100);

        assertThat(waits()).singleElement().satisfies(wait -> {
            assertThat(wait.by()).isEqualTo(-1);
            assertThat(wait.cause()).isEqualTo(Cause.HOST);
        });
    }

    @Test
    void observationsThatOverlapAreTakenOnce() {
        first.add(span("0F0", 5, 0, 10));
        take(50);
        first.add(span("0F1", 5, 20, 30));
        take(60);
        take(70);

        assertThat(spansOf(0)).hasSize(2);
    }

    @Test
    void whatIsOldIsForgotten() {
        first.add(span("0F0", 5, 0, 10));
        take(50);
        first.add(span("0F1", 5, 13_000, 13_010));
        take(13_050);

        assertThat(spansOf(0)).hasSize(1);
    }

    @Test
    void ofAnEarlierRunEpochNothingIsTakenAnyMore() {
        first.add(span("0F0", 5, 0, 10));
        take(50);
        Observation later = new Observation(
                100 * MS,
                List.of(
                        rank(0, 2, List.of(span("0F0", 3, 60, 70)), List.of()),
                        rank(1, 1, List.of(span("1F0", 5, 60, 70)), List.of())),
                0);
        history.take(later);

        assertThat(spansOf(0)).hasSize(2);
        assertThat(spansOf(1)).isEmpty();
    }

    @Test
    void aStepIsWholeWhenAllActionsAreThere() {
        var schedule = Schedules.generate("1f1b", 2, 2);
        long time = 0;
        for (Action action : schedule.actions(0)) {
            first.add(span(action.toString(), 5, time, time + 1));
            time += 2;
        }
        for (Action action : schedule.actions(1)) {
            second.add(span(action.toString(), 5, time, time + 1));
            time += 2;
        }
        second.removeLast();
        take(50);
        assertThat(history.wholeSteps(schedule)).isEmpty();
        second.add(span(schedule.actions(1).getLast().toString(), 5, time, time + 1));
        take(60);
        assertThat(history.wholeSteps(schedule)).containsExactly(5L);
    }
}
