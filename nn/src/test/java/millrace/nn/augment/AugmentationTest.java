package millrace.nn.augment;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import millrace.nn.golden.RandomInput;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;
import millrace.nn.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationTest {
    private static RandomStream random(long sample) {
        return RandomStream.of(9, Purpose.AUGMENT, 0, sample, 0);
    }

    private static float[] applied(Augmentation augmentation, long sample, Shape shape, float... values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = RandomInput.memory(arena, values);
            augmentation.apply(random(sample), shape, memory.asSlice(0, (long) values.length * Float.BYTES));
            float[] result = new float[values.length];
            MemorySegment.copy(memory, JAVA_FLOAT, 0, result, 0, values.length);
            return result;
        }
    }

    /** The definition: a piece of the padded image, beginning at two draws. */
    private static float[] cropped(
            float[] values, int channels, int height, int width, int padding, RandomStream random) {
        int top = 2 * padding - random.nextInt(2 * padding + 1);
        int left = 2 * padding - random.nextInt(2 * padding + 1);
        float[] result = new float[values.length];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < height; i++) {
                for (int j = 0; j < width; j++) {
                    int y = i + top - padding;
                    int x = j + left - padding;
                    boolean inside = y >= 0 && y < height && x >= 0 && x < width;
                    result[(c * height + i) * width + j] = inside ? values[(c * height + y) * width + x] : 0;
                }
            }
        }
        return result;
    }

    /** Also where the padding is larger than the image. */
    @ParameterizedTest
    @CsvSource({"1, 3, 4, 1", "2, 5, 3, 2", "3, 2, 2, 4", "1, 1, 1, 1"})
    void aCropIsAPieceOfThePaddedImage(int channels, int height, int width, int padding) {
        Shape shape = Shape.of(channels, height, width);
        float[] values = RandomInput.floats(new Random(1), channels * height * width, 2);
        for (int sample = 0; sample < 60; sample++) {
            assertThat(applied(new RandomCrop(padding), sample, shape, values))
                    .as("sample %d", sample)
                    .containsExactly(cropped(values, channels, height, width, padding, random(sample)));
        }
    }

    @Test
    void cropsMoveByEveryDistance() {
        Shape shape = Shape.of(1, 5, 5);
        float[] point = new float[25];
        point[12] = 1;
        Set<Integer> places = new HashSet<>();
        for (int sample = 0; sample < 400; sample++) {
            float[] moved = applied(new RandomCrop(1), sample, shape, point);
            for (int i = 0; i < 25; i++) {
                if (moved[i] == 1) {
                    places.add(i);
                }
            }
        }

        assertThat(places).containsExactlyInAnyOrder(6, 7, 8, 11, 12, 13, 16, 17, 18);
    }

    @Test
    void aFlipExchangesLeftAndRight() {
        assertThat(applied(new RandomHorizontalFlip(1), 0, Shape.of(2, 1, 3), 1, 2, 3, 4, 5, 6))
                .containsExactly(3, 2, 1, 6, 5, 4);
        assertThat(applied(new RandomHorizontalFlip(0), 0, Shape.of(1, 2, 2), 1, 2, 3, 4))
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void aFlipComesWithItsProbability() {
        int flips = 0;
        for (int sample = 0; sample < 1000; sample++) {
            flips += applied(new RandomHorizontalFlip(0.3f), sample, Shape.of(1, 1, 2), 1, 2)[0] == 2 ? 1 : 0;
        }

        // three deviations
        assertThat(flips).isBetween(257, 343);
    }

    @Test
    void onlyImagesAreTaken() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomCrop(2).check(Shape.of(784)))
                .withMessageStartingWith(
                        "random-crop: samples of 784 (expected: images, channels x height x width); give the model");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomHorizontalFlip(0.5f).check(Shape.of(28, 28)))
                .withMessageStartingWith("random-horizontal-flip: samples of 28x28 (expected: images");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomCrop(0))
                .withMessage("random-crop padding: 0 (expected: 1 or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RandomHorizontalFlip(1.5f))
                .withMessage("random-horizontal-flip p: 1.5 (expected: 0 to 1)");
    }
}
