package millrace.schedule.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSpecTest {
    private static StreamSpec spec(int stages, int accumulate, WeightPolicy policy) {
        return new StreamSpec(stages, accumulate, 0, policy);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void versionsAndStalenessAreThoseOfTheFormulas(long seed) {
        Random random = new Random(seed);
        int n = 1 + random.nextInt(8);
        int k = n + random.nextInt(6);
        for (int i = 0; i < n; i++) {
            int w = n - 1 - i;
            for (long m = 0; m < 60; m++) {
                String where = "seed " + seed + ", n " + n + ", k " + k + ", stage " + i + ", micro-batch " + m;
                StreamSpec everyOne = spec(n, 1, WeightPolicy.STASH);
                assertThat(everyOne.forwardVersion(i, m)).as(where).isEqualTo(Math.max(0, m - w));
                assertThat(everyOne.staleness(i, m)).as(where).isEqualTo(Math.min(m, w));
                StreamSpec stash = spec(n, k, WeightPolicy.STASH);
                assertThat(stash.staleness(i, m)).as(where).isEqualTo(m / k - Math.max(0, m - w) / k);
                assertThat(stash.staleness(i, m)).as(where).isLessThanOrEqualTo((w + k - 1) / k);
                assertThat(spec(n, 1, WeightPolicy.VERTICAL).forwardVersion(i, m))
                        .as(where)
                        .isEqualTo(Math.max(0, m - (n - 1)));
                StreamSpec two = spec(n, k, WeightPolicy.TWO_BUFFERS);
                assertThat(two.forwardVersion(i, m)).as(where).isEqualTo(Math.max(m / k - 1, 0));
                assertThat(two.staleness(i, m)).as(where).isEqualTo(m < k ? 0 : 1);
                StreamSpec live = spec(n, k, WeightPolicy.LIVE);
                assertThat(live.backwardVersion(i, m)).as(where).isEqualTo(m / k);
                assertThat(live.forwardVersion(i, m)).as(where).isEqualTo(stash.forwardVersion(i, m));
            }
        }
    }

    /** Played in strict order: what is held from the oldest version that is needed to the newest. */
    @ParameterizedTest
    @ValueSource(strings = {"stash", "vertical"})
    void mostVersionsAreHeldInTheCourseOfAStream(String word) {
        for (int accumulate = 1; accumulate <= 3; accumulate++) {
            StreamSpec spec = new StreamSpec(4, accumulate, accumulate == 2 ? 1 : 0, WeightPolicy.of(word));
            for (int stage = 0; stage < 4; stage++) {
                long most = 0;
                long forwards = 0;
                long backwards = 0;
                while (backwards < 60) {
                    if (forwards - backwards <= spec.warmUp(stage)) {
                        forwards++;
                    } else {
                        backwards++;
                    }
                    long newest = backwards / accumulate;
                    most = Math.max(most, newest - spec.oldestNeeded(stage, forwards, backwards) + 1);
                }
                assertThat(spec.mostVersions(stage))
                        .as("%s, every %d, stage %d", word, accumulate, stage)
                        .isEqualTo((int) most);
            }
        }
    }

    @Test
    void twoBuffersNeedEnoughMicroBatchesAStep() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(4, 2, WeightPolicy.TWO_BUFFERS))
                .withMessageStartingWith("accumulate: 2 with weights 2bw (expected: at least 3");
        assertThat(spec(4, 3, WeightPolicy.TWO_BUFFERS).staleness(0, 9)).isEqualTo(1);
    }

    @Test
    void aSynchronousStartHasNoDelayAndThenTheUsualOne() {
        StreamSpec warmed = spec(4, 3, WeightPolicy.STASH).startingSynchronously(10);
        assertThat(warmed.synchronous()).isEqualTo(12);
        for (int stage = 0; stage < 4; stage++) {
            for (long m = 0; m < 12; m++) {
                assertThat(warmed.staleness(stage, m)).isZero();
            }
            for (long m = 12; m < 40; m++) {
                assertThat(warmed.staleness(stage, m))
                        .isEqualTo(spec(4, 3, WeightPolicy.STASH).staleness(stage, m - 12));
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StreamSpec(4, 3, 0, WeightPolicy.STASH, Discipline.ONE_FORWARD_ONE_BACKWARD, 10))
                .withMessageContaining("a multiple of 3");
    }

    @Test
    void aGreedyStreamHasNoFormulaButABound() {
        StreamSpec greedy = new StreamSpec(4, 2, 0, WeightPolicy.STASH, Discipline.GREEDY, 0);
        assertThat(greedy.mostStale(0)).isEqualTo(2);
        assertThat(greedy.mostStale(3)).isZero();
        assertThatIllegalStateException().isThrownBy(() -> greedy.forwardVersion(0, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StreamSpec(4, 2, 0, WeightPolicy.PREDICT, Discipline.GREEDY, 0))
                .withMessageStartingWith("weights: predict with a greedy stream (expected: stash or live");
    }

    @Test
    void policiesHaveWords() {
        assertThat(WeightPolicy.of("2bw")).isEqualTo(WeightPolicy.TWO_BUFFERS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightPolicy.of("old"))
                .withMessage("weights: old (expected: one of stash, vertical, 2bw, live, predict, nesterov)");
    }

    /** One step a batch, no gradient more than one step late, and one in time at least: for any number of stages and any batch. */
    @ParameterizedTest
    @CsvSource({"1, 64, 1", "2, 64, 2", "3, 64, 4", "4, 64, 4", "8, 64, 8", "3, 9, 3", "4, 9, 9", "5, 9, 9", "12, 7, 7"
    })
    void whatIsUsualMakesGradientsOneStepLateAtMost(int stages, int batch, int microBatches) {
        assertThat(StreamSpec.defaultMicroBatches(stages, batch)).isEqualTo(microBatches);

        int accumulate = StreamSpec.defaultAccumulate(stages, microBatches);
        assertThat(accumulate).isEqualTo(Math.max(microBatches, stages - 1));
        StreamSpec spec = new StreamSpec(stages, accumulate, 0, WeightPolicy.STASH);
        for (int stage = 0; stage < stages; stage++) {
            assertThat(spec.mostStale(stage)).isLessThanOrEqualTo(1);
        }
        assertThat(spec.warmUp(0) < accumulate)
                .as("a gradient of each step is in time")
                .isEqualTo(stages <= batch);
    }
}
