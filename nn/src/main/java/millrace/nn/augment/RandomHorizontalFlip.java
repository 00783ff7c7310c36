package millrace.nn.augment;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import millrace.nn.random.RandomStream;
import millrace.nn.tensor.Shape;

/**
 * torchvision's RandomHorizontalFlip: left becomes right.
 *
 * @param p probability
 */
public record RandomHorizontalFlip(float p) implements Augmentation {
    /**
     * Checks the probability.
     *
     * @throws IllegalArgumentException when it is not from 0 to 1
     */
    public RandomHorizontalFlip {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("random-horizontal-flip p: " + p + " (expected: 0 to 1)");
        }
    }

    @Override
    public void check(Shape sample) {
        ImageSamples.check("random-horizontal-flip", sample);
    }

    @Override
    public void apply(RandomStream random, Shape shape, MemorySegment values) {
        if (random.nextFloat() >= p) {
            return;
        }
        int width = shape.dimension(2);
        long rows = (long) shape.dimension(0) * shape.dimension(1);
        for (long first = 0; first < rows * width; first += width) {
            for (int i = 0; i < width / 2; i++) {
                float left = values.getAtIndex(JAVA_FLOAT, first + i);
                float right = values.getAtIndex(JAVA_FLOAT, first + width - 1 - i);
                values.setAtIndex(JAVA_FLOAT, first + i, right);
                values.setAtIndex(JAVA_FLOAT, first + width - 1 - i, left);
            }
        }
    }
}
