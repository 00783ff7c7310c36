package millrace.actors.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkDelayTest {
    // kinds of messages
    private static final int ACTIVATION = 0;
    private static final int DELTA = 1;
    private static final int EVALUATION = 2;

    private static final Duration MILLI = Duration.ofMillis(1);
    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

    private static LinkSpec lossy(double drop, double duplicate, long seed) {
        return new LinkSpec(MILLI, MILLI, NO_LIMIT, drop, duplicate, seed);
    }

    /** Ten thousand messages of all kinds. */
    private static List<LinkMessage> messages() {
        List<LinkMessage> messages = new ArrayList<>();
        for (long number = 0; number < 1000; number++) {
            for (int microBatch = 0; microBatch < 2; microBatch++) {
                messages.add(new LinkMessage(ACTIVATION, number, 1, microBatch));
                messages.add(new LinkMessage(ACTIVATION, number, 2, microBatch));
                messages.add(new LinkMessage(DELTA, number, 1, microBatch));
                messages.add(new LinkMessage(DELTA, number, 0, microBatch));
                messages.add(new LinkMessage(EVALUATION, number, 1, microBatch));
            }
        }
        return messages;
    }

    private static List<List<Duration>> delays(LinkSpec spec, List<LinkMessage> messages, long now) {
        LinkDelay delay = new LinkDelay(spec);
        return messages.stream().map(message -> delay.of(1, message, 8, now)).toList();
    }

    private static double share(List<List<Duration>> delays, int copies) {
        return delays.stream().filter(each -> each.size() == copies).count() / (double) delays.size();
    }

    @Test
    void asManyAreLostAndDoubledAsWasAskedFor() {
        List<List<Duration>> delays = delays(lossy(0.2, 0.3, 5), messages(), 0);

        assertThat(share(delays, 0)).isCloseTo(0.2, within(0.02));
        assertThat(share(delays, 2)).as("of those that are not lost").isCloseTo(0.3 * 0.8, within(0.02));
        assertThat(delays.stream().filter(each -> each.size() == 2))
                .allSatisfy(each -> assertThat(each.getFirst()).isNotEqualTo(each.getLast()));
    }

    @Test
    void whatHappensToAMessageDependsOnItAndTheSeedAlone() {
        LinkSpec spec = lossy(0.2, 0.3, 5);
        List<LinkMessage> shuffled = messages();
        Collections.shuffle(shuffled, new Random(1));
        LinkDelay later = new LinkDelay(spec);

        List<List<Duration>> expected = delays(spec, shuffled, 0);
        assertThat(shuffled.reversed().stream()
                        .map(message -> later.of(2, message, 8, 77))
                        .toList()
                        .reversed())
                .isEqualTo(expected);
        assertThat(delays(lossy(0.2, 0.3, 6), shuffled, 0)).isNotEqualTo(expected);
    }

    @Test
    void lossesDoNotChangeTheDelaysOfTheRest() {
        List<List<Duration>> whole = delays(lossy(0, 0, 5), messages(), 0);
        List<List<Duration>> lossy = delays(lossy(0.2, 0.3, 5), messages(), 0);

        assertThat(share(whole, 1)).isEqualTo(1);
        for (int message = 0; message < whole.size(); message++) {
            if (!lossy.get(message).isEmpty()) {
                assertThat(lossy.get(message).getFirst())
                        .isEqualTo(whole.get(message).getFirst());
            }
        }
    }

    @Test
    void aTrainingMessageAndAnEvaluationMessageOfTheSameNumbersDiffer() {
        LinkDelay delay = new LinkDelay(lossy(0, 0, 5));

        assertThat(delay.of(1, new LinkMessage(EVALUATION, 3, 1, 2), 8, 0))
                .isNotEqualTo(delay.of(1, new LinkMessage(ACTIVATION, 3, 1, 2), 8, 0));
    }

    @Test
    void aMessageWaitsForTheLinkUntilThoseBeforeItAreThrough() {
        LinkDelay delay = new LinkDelay(new LinkSpec(MILLI, Duration.ZERO, 1000, 5));
        LinkMessage message = new LinkMessage(ACTIVATION, 0, 1, 0);

        assertThat(delay.of(1, message, 3, 0)).containsExactly(MILLI.multipliedBy(3 + 1));
        assertThat(delay.of(1, message, 2, 0)).containsExactly(MILLI.multipliedBy(3 + 2 + 1));
        assertThat(delay.of(2, message, 2, 0)).as("another link").containsExactly(MILLI.multipliedBy(2 + 1));
    }

    @Test
    void onlyLinksWithoutDelayAndLossAreDirect() {
        Duration none = Duration.ZERO;
        assertThat(LinkSpec.DIRECT.isDirect()).isTrue();
        assertThat(new LinkSpec(none, none, NO_LIMIT, 0.1, 0, 1).isDirect()).isFalse();
        assertThat(new LinkSpec(none, none, NO_LIMIT, 0, 0.1, 1).isDirect()).isFalse();
        assertThat(new LinkSpec(none, MILLI, NO_LIMIT, 1).isDirect()).isFalse();
        assertThat(new LinkSpec(none, none, 1e9, 1).isDirect()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void aProbabilityIsFromZeroToBelowOne(double value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> lossy(value, 0, 1))
                .withMessage("link: drop " + value + ", duplicate 0.0 (expected: probabilities from 0 to below 1)");
        assertThatIllegalArgumentException().isThrownBy(() -> lossy(0, value, 1));
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 1", "0, -1, 1", "0, 0, 0", "0, 0, NaN"})
    void timesAndBandwidthAreChecked(long latency, long jitter, double bandwidth) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinkSpec(Duration.ofMillis(latency), Duration.ofMillis(jitter), bandwidth, 1))
                .withMessageStartingWith("link: latency ");
    }
}
