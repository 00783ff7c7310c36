package millrace.nn.augment;

import java.lang.foreign.MemorySegment;
import millrace.nn.random.RandomStream;
import millrace.nn.tensor.Shape;

/**
 * A random change of a training sample, made whenever the sample is read: each epoch another. It depends on nothing but its
 * arguments, so every stage, every attempt and the sequential reference see the same sample. Evaluation reads samples as
 * they are.
 */
public interface Augmentation {
    /**
     * Checks that it can take samples of a shape.
     *
     * @throws IllegalArgumentException when it cannot: names the shape and what is expected
     */
    default void check(Shape sample) {}

    /**
     * Changes one sample.
     *
     * @param random of this (seed, epoch, sample, place in the list) alone
     * @param shape of the sample
     * @param values float32, row-major, packed; written over, and not kept
     */
    void apply(RandomStream random, Shape shape, MemorySegment values);
}
