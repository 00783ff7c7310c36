package millrace.nn.augment;

import java.lang.foreign.MemorySegment;
import millrace.nn.random.RandomStream;
import millrace.nn.tensor.Shape;

/**
 * torchvision's RandomCrop to the image's own size: zeros are put around the image, and a piece as large as the image is cut
 * out anywhere; the image moves by up to {@code padding} rows and columns. Zero is the mean where data is normalised.
 *
 * @param padding rows and columns of zeros on each side, 1 or more
 */
public record RandomCrop(int padding) implements Augmentation {
    /**
     * Checks the padding.
     *
     * @throws IllegalArgumentException when it is below 1
     */
    public RandomCrop {
        if (padding < 1) {
            throw new IllegalArgumentException("random-crop padding: " + padding + " (expected: 1 or more)");
        }
    }

    @Override
    public void check(Shape sample) {
        ImageSamples.check("random-crop", sample);
    }

    @Override
    public void apply(RandomStream random, Shape shape, MemorySegment values) {
        int down = random.nextInt(2 * padding + 1) - padding;
        int right = random.nextInt(2 * padding + 1) - padding;
        int height = shape.dimension(1);
        long row = (long) shape.dimension(2) * Float.BYTES;
        for (int c = 0; c < shape.dimension(0); c++) {
            MemorySegment plane = values.asSlice((long) c * height * row, height * row);
            for (int i = 0; i < height; i++) {
                // the row that is read has not been written: upwards when the image moves up, downwards otherwise
                int target = down > 0 ? height - 1 - i : i;
                int source = target - down;
                MemorySegment to = plane.asSlice(target * row, row);
                if (source < 0 || source >= height) {
                    to.fill((byte) 0);
                } else {
                    move(plane.asSlice(source * row, row), to, right);
                }
            }
        }
    }

    /** A row, moved; it may be its own target. */
    private static void move(MemorySegment from, MemorySegment to, int right) {
        long bytes = from.byteSize();
        long gap = Math.min(bytes, (long) Math.abs(right) * Float.BYTES);
        long first = right > 0 ? gap : 0;
        MemorySegment.copy(from, gap - first, to, first, bytes - gap);
        to.asSlice(right > 0 ? 0 : bytes - gap, gap).fill((byte) 0);
    }
}
