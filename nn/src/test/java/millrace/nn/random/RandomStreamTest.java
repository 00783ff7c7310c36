package millrace.nn.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.nn.random.RandomStream.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RandomStreamTest {
    private static final int DRAWS = 40_000;

    private static long[] longs(RandomStream random, int count) {
        return IntStream.range(0, count).mapToLong(i -> random.nextLong()).toArray();
    }

    /** The first published values of SplitMix64 for states 0 and 1234567; the seeds are those whose keys they are. */
    @Test
    void isSplitMix64() {
        assertThat(longs(RandomStream.of(0x61C8864680B583EBL, Purpose.INITIALISE), 5))
                .containsExactly(
                        0xE220A8397B1DCDAFL,
                        0x6E789E6AA1B965F4L,
                        0x06C45D188009454FL,
                        0xF88BB8A8724C81ECL,
                        0x1B39896A51A8749BL);
        assertThat(longs(RandomStream.of(0xA53C84059609E98EL, Purpose.INITIALISE), 5))
                .containsExactly(
                        0x599ED017FB08FC85L,
                        0x2C73F08458540FA5L,
                        0x883EBCE5A3F27C77L,
                        0x3FBEF740E9177B3FL,
                        0xE3B8346708CB5ECDL);
    }

    static Stream<Arguments> keys() {
        return Stream.of(
                Arguments.of(42L, Purpose.DROPOUT, new long[] {3, 7}, new long[] {
                    0x4C84B11086E4965CL, 0x056706995DFF64F3L, 0x7F48C4E35BA16053L
                }),
                Arguments.of(42L, Purpose.INITIALISE, new long[] {0, 0}, new long[] {
                    0xC16129ECD0DC5B93L, 0x723AD4CBD7C9B07BL, 0x3E53A9F2486D1D0AL
                }),
                Arguments.of(-1L, Purpose.SHUFFLE, new long[] {123456789012L}, new long[] {
                    0x9784E94066E3F1E5L, 0x730CB8D2B65DF3F5L, 0xB271A705B4AC6A34L
                }),
                Arguments.of(0L, Purpose.SYNTHESISE, new long[] {}, new long[] {
                    0x4694C35B74D11C5CL, 0xE882F4632BB6BE39L, 0xA9133CD1C9A3D6BEL
                }));
    }

    /** Values from an independent program in Python: a change here changes every stored run. */
    @ParameterizedTest(name = "seed {0}, {1}, {2}")
    @MethodSource("keys")
    void keysGiveTheSameNumbersForEver(long seed, Purpose purpose, long[] coordinates, long[] expected) {
        assertThat(longs(RandomStream.of(seed, purpose, coordinates), 3)).containsExactly(expected);
    }

    @Test
    void everyPartOfTheKeyCounts() {
        Set<Long> first = new HashSet<>();
        int keys = 0;
        for (Purpose purpose : Purpose.values()) {
            for (long seed = -2; seed < 8; seed++) {
                first.add(RandomStream.of(seed, purpose).nextLong());
                keys++;
                for (long layer = 0; layer < 10; layer++) {
                    first.add(RandomStream.of(seed, purpose, layer).nextLong());
                    keys++;
                    for (long microBatch = 0; microBatch < 10; microBatch++) {
                        first.add(RandomStream.of(seed, purpose, layer, microBatch)
                                .nextLong());
                        keys++;
                    }
                }
            }
        }
        assertThat(first).hasSize(keys);
    }

    static Stream<Arguments> neighbours() {
        return Stream.of(
                Arguments.of(
                        "seed", RandomStream.of(1, Purpose.DROPOUT, 2, 3), RandomStream.of(2, Purpose.DROPOUT, 2, 3)),
                Arguments.of("purpose", RandomStream.of(1, Purpose.DROPOUT, 2), RandomStream.of(1, Purpose.SHUFFLE, 2)),
                Arguments.of(
                        "layer", RandomStream.of(1, Purpose.DROPOUT, 2, 3), RandomStream.of(1, Purpose.DROPOUT, 3, 3)),
                Arguments.of(
                        "micro-batch",
                        RandomStream.of(1, Purpose.DROPOUT, 2, 3),
                        RandomStream.of(1, Purpose.DROPOUT, 2, 4)),
                Arguments.of(
                        "order", RandomStream.of(1, Purpose.DROPOUT, 2, 3), RandomStream.of(1, Purpose.DROPOUT, 3, 2)));
    }

    @ParameterizedTest(name = "another {0}")
    @MethodSource("neighbours")
    void streamsOfNeighbouringKeysDoNotCorrelate(String what, RandomStream a, RandomStream b) {
        double sum = 0;
        for (int i = 0; i < DRAWS; i++) {
            sum += (a.nextDouble() - 0.5) * (b.nextDouble() - 0.5);
        }
        // the correlation of independent streams has deviation 1/sqrt(n); 4 of them
        assertThat(12 * sum / DRAWS).as("correlation, another %s", what).isCloseTo(0, within(4 / Math.sqrt(DRAWS)));
    }
}
