package millrace.schedule.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Optional;
import millrace.schedule.Action.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamOrderTest {
    private static final StreamSpec FOUR = new StreamSpec(4, 1, 0, WeightPolicy.STASH);

    /** What a stage does when everything is there in time. */
    private static String order(StreamSpec spec, int stage, long end) {
        return order(spec, stage, 0, end);
    }

    private static String order(StreamSpec spec, int stage, long begin, long end) {
        StreamOrder order = new StreamOrder(spec, stage, begin, end);
        order.grant(end);
        StringBuilder done = new StringBuilder();
        long activations = begin;
        long deltas = begin;
        while (order.backwards() < end) {
            Optional<StreamOrder.Next> next = order.next();
            if (next.isEmpty()) {
                if (stage > 0 && activations == order.forwards() && activations < end) {
                    order.activationArrived(activations++);
                } else {
                    order.deltaArrived(deltas++);
                }
            } else {
                done.append(done.isEmpty() ? "" : " ")
                        .append(next.get().kind())
                        .append(next.get().microBatch());
            }
        }
        assertThat(order.next()).isEmpty();
        return done.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "0, F0 F1 F2 F3 B0 F4 B1 F5 B2 B3 B4 B5",
        "1, F0 F1 F2 B0 F3 B1 F4 B2 F5 B3 B4 B5",
        "2, F0 F1 B0 F2 B1 F3 B2 F4 B3 F5 B4 B5",
        "3, F0 B0 F1 B1 F2 B2 F3 B3 F4 B4 F5 B5"
    })
    void stagesAlternateAfterTheirWarmUpAndDrainAtTheEnd(int stage, String expected) {
        assertThat(order(FOUR, stage, 6)).isEqualTo(expected);
    }

    @Test
    void aShortStreamIsAllWarmUp() {
        assertThat(order(FOUR, 0, 2)).isEqualTo("F0 F1 B0 B1");
        assertThat(order(new StreamSpec(1, 1, 0, WeightPolicy.STASH), 0, 2)).isEqualTo("F0 B0 F1 B1");
    }

    @Test
    void anAllowanceLetsAllButTheLastRunFurtherAhead() {
        StreamSpec slow = new StreamSpec(2, 1, 2, WeightPolicy.STASH);
        assertThat(order(slow, 0, 5)).isEqualTo("F0 F1 F2 F3 B0 F4 B1 B2 B3 B4");
        assertThat(order(slow, 1, 3)).isEqualTo("F0 B0 F1 B1 F2 B2");
    }

    @Test
    void aSynchronousStartFlushesAfterEveryStep() {
        StreamSpec warmed = new StreamSpec(4, 2, 0, WeightPolicy.STASH).startingSynchronously(4);
        assertThat(order(warmed, 0, 7)).isEqualTo("F0 F1 B0 B1 F2 F3 B2 B3 F4 F5 F6 B4 B5 B6");
        assertThat(order(warmed, 2, 7)).isEqualTo("F0 F1 B0 B1 F2 F3 B2 B3 F4 F5 B4 F6 B5 B6");
    }

    @Test
    void aStreamThatGoesOnKeepsItsNumbersAndItsFlushes() {
        assertThat(order(FOUR, 1, 5, 9)).isEqualTo("F5 F6 F7 B5 F8 B6 B7 B8");
        StreamSpec warmed = new StreamSpec(4, 2, 0, WeightPolicy.STASH).startingSynchronously(4);
        assertThat(order(warmed, 0, 1, 7)).isEqualTo("F1 B1 F2 F3 B2 B3 F4 F5 F6 B4 B5 B6");
        assertThat(order(warmed, 2, 3, 7)).isEqualTo("F3 B3 F4 F5 B4 F6 B5 B6");
    }

    @Test
    void aGreedyStageTakesWhatIsHereBackwardsFirst() {
        StreamOrder order = new StreamOrder(new StreamSpec(4, 1, 0, WeightPolicy.STASH, Discipline.GREEDY, 0), 1, 0, 9);
        order.grant(9);
        order.activationArrived(0);
        assertThat(order.next()).contains(new StreamOrder.Next(Kind.F, 0));
        assertThat(order.next()).isEmpty();
        order.deltaArrived(0);
        order.activationArrived(1);
        assertThat(order.next()).contains(new StreamOrder.Next(Kind.B, 0));
        assertThat(order.next()).contains(new StreamOrder.Next(Kind.F, 1));
        order.activationArrived(2);
        order.activationArrived(3);
        order.activationArrived(4);
        assertThat(order.next()).isPresent();
        assertThat(order.next()).isPresent();
        // three in flight is its cap
        assertThat(order.next()).isEmpty();
        assertThat(order.forwards() - order.backwards()).isEqualTo(3);
    }

    @Test
    void nothingBeginsWithoutAGrantAndBackwardsStopAtIt() {
        StreamOrder order = new StreamOrder(FOUR, 3, 0, 6);
        order.activationArrived(0);
        assertThat(order.next()).isEmpty();
        order.grant(1);
        assertThat(order.next()).isPresent();
        assertThat(order.next()).isPresent();
        order.activationArrived(1);
        assertThat(order.next()).isEmpty();
        assertThat(order.backwards()).isEqualTo(1);
    }

    @Test
    void aMessageTwiceChangesNothingBeforeItsUseAndAfter() {
        StreamOrder order = new StreamOrder(FOUR, 3, 0, 6);
        order.grant(6);

        assertThat(order.activationArrived(0)).isTrue();
        assertThat(order.activationArrived(0)).isFalse();
        assertThat(order.next()).contains(new StreamOrder.Next(Kind.F, 0));
        assertThat(order.activationArrived(0)).isFalse();
        assertThat(order.next()).contains(new StreamOrder.Next(Kind.B, 0));
        assertThat(order.next()).isEmpty();
    }

    @Test
    void aMicroBatchBeyondTheEndIsRefused() {
        StreamOrder order = new StreamOrder(FOUR, 1, 0, 6);

        assertThatIllegalStateException()
                .isThrownBy(() -> order.deltaArrived(6))
                .withMessage("error delta of micro-batch 6 (expected: below 6, where the stream ends)");
    }

    @Test
    void whatIsMissingIsTheInputOfTheNextAction() {
        StreamOrder order = new StreamOrder(FOUR, 2, 0, 2);
        assertThat(order.missing()).as("nothing is granted").isEmpty();
        order.grant(2);

        assertThat(order.missing()).contains(new StreamOrder.Next(Kind.F, 0));
        order.activationArrived(1);
        assertThat(order.missing()).contains(new StreamOrder.Next(Kind.F, 0));
        order.activationArrived(0);
        assertThat(order.missing()).isEmpty();
        order.next();
        order.next();
        assertThat(order.missing()).contains(new StreamOrder.Next(Kind.B, 0));
        order.deltaArrived(0);
        assertThat(order.missing()).isEmpty();
        order.next();
        order.deltaArrived(1);
        order.next();
        assertThat(order.missing()).as("the stream is over").isEmpty();
    }

    @Test
    void nothingIsMissingWhereTheGrantEnds() {
        StreamOrder order = new StreamOrder(FOUR, 3, 0, 6);
        order.grant(1);
        order.activationArrived(0);
        order.next();
        order.next();

        assertThat(order.missing()).isEmpty();
    }

    @Test
    void aLostMessageIsNoticedWhenCreditsAreExceeded() {
        StreamOrder order = new StreamOrder(FOUR, 2, 0, 20);
        for (long microBatch = 1; microBatch < 4; microBatch++) {
            order.activationArrived(microBatch);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> order.activationArrived(4))
                .withMessage(
                        "activations waiting: 4 (expected: at most 3, what credits allow); micro-batch 0 never came");
    }
}
