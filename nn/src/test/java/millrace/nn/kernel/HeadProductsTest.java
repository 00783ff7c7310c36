package millrace.nn.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import millrace.nn.backend.Backend;
import millrace.nn.golden.Close;
import millrace.nn.golden.RandomInput;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The products within attention, several heads at once or not, beside those of plain loops over one head each. */
class HeadProductsTest {
    private static final float UNTOUCHED = 77;

    private final Arena arena = Arena.ofAuto();

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 24);
    }

    /** Heads of one column and of many, bands that do not divide the positions, and squares that no two heads share a call for. */
    private static HeadProducts.Sizes sizes(Random random) {
        int positions = random.nextInt(6) == 0 ? 300 : 1 + random.nextInt(40);
        int band = random.nextBoolean() ? positions : 1 + random.nextInt(positions);
        int heads = positions == 300 ? 3 : 1 + random.nextInt(5);
        return new HeadProducts.Sizes(heads, positions, 1 + random.nextInt(20), Math.max(band, positions / 5));
    }

    private MemorySegment random(Random random, long floats) {
        return RandomInput.memory(arena, RandomInput.floats(random, Math.toIntExact(floats), 2));
    }

    private MemorySegment untouched(long floats) {
        float[] values = new float[Math.toIntExact(floats)];
        Arrays.fill(values, UNTOUCHED);
        return RandomInput.memory(arena, values);
    }

    /** All results of two samples, the second in the place of the first. */
    private List<float[]> results(Kernels kernels, HeadProducts.Sizes sizes, long seed) {
        Random random = new Random(seed);
        HeadProducts products = kernels.heads(sizes);
        List<float[]> results = new ArrayList<>();
        long rows = sizes.positions();
        for (int sample = 0; sample < 2; sample++) {
            MemorySegment qkv = random(random, rows * 3 * sizes.allWidth());
            MemorySegment dMixed = random(random, rows * sizes.allWidth());
            MemorySegment shares = random(random, sizes.heads() * sizes.shares());
            MemorySegment dScores = random(random, sizes.heads() * sizes.shares());
            MemorySegment scores = untouched(sizes.heads() * sizes.shares());
            MemorySegment dShares = untouched(sizes.heads() * sizes.shares());
            MemorySegment mixed = untouched(rows * sizes.allWidth());
            MemorySegment dqkv = untouched(rows * 3 * sizes.allWidth());
            products.begin(qkv);
            for (int head = 0; head < sizes.heads(); head += products.together()) {
                products.score(head, of(scores, head, products, sizes));
                products.mix(head, of(shares, head, products, sizes), mixed);
            }
            products.beginBackward(qkv, dMixed);
            for (int head = 0; head < sizes.heads(); head += products.together()) {
                products.mixBackward(head, of(shares, head, products, sizes), dqkv, of(dShares, head, products, sizes));
                products.scoreBackward(head, of(dScores, head, products, sizes), dqkv);
            }
            for (MemorySegment result : List.of(scores, mixed, dShares, dqkv)) {
                results.add(result.toArray(JAVA_FLOAT));
            }
        }
        products.close();
        return results;
    }

    private static MemorySegment of(MemorySegment shares, int head, HeadProducts products, HeadProducts.Sizes sizes) {
        long bytes = sizes.shares() * Float.BYTES;
        return shares.asSlice(head * bytes, products.together() * bytes);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void areThoseOfTheReference(long seed) {
        HeadProducts.Sizes sizes = sizes(new Random(seed));
        for (Precision precision : Precision.values()) {
            List<float[]> expected = results(Backend.scalar().kernels(precision), sizes, seed);
            List<float[]> found = results(Backend.fast().kernels(precision), sizes, seed);
            for (int i = 0; i < expected.size(); i++) {
                Close.relative(
                        "seed " + seed + ", " + precision + ", " + sizes + ", result " + i,
                        found.get(i),
                        expected.get(i),
                        1e-5);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void writeNothingRightOfABand(long seed) {
        HeadProducts.Sizes sizes = sizes(new Random(seed));
        float[] scores = results(Backend.fast().bfloat16(), sizes, seed).getFirst();
        for (int head = 0; head < sizes.heads(); head++) {
            for (int row = 0; row < sizes.positions(); row++) {
                int seen = Math.min((row / sizes.band() + 1) * sizes.band(), sizes.positions());
                for (int column = 0; column < sizes.positions(); column++) {
                    float score = scores[(head * sizes.positions() + row) * sizes.positions() + column];
                    assertThat(score == UNTOUCHED)
                            .as("seed %d, %s, head %d, %d sees %d", seed, sizes, head, row, column)
                            .isEqualTo(column >= seen);
                }
            }
        }
    }
}
