package millrace.nn.data;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Noisy copies of one random prototype a class: {@code x = 0.3 * prototype[label] + 0.3 * noise}, all uniform in
 * [0, 1). Cheap to make in any size, for benchmarks and where no data set is at hand.
 *
 * @param samples number of samples
 * @param features values of a sample
 * @param classes number of classes
 * @param seed of labels, prototypes and noise
 */
public record RandomClassesSource(int samples, int features, int classes, long seed) {
    private static final float WEIGHT = 0.3f;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when samples or features are below 1, or classes below 2
     */
    public RandomClassesSource {
        requireAtLeast("samples", samples, 1);
        requireAtLeast("features", features, 1);
        requireAtLeast("classes", classes, 2);
    }

    /** Inputs n x features, targets I32 [n]. */
    public Dataset generate() {
        RandomStream prototypeStream = RandomStream.of(seed, Purpose.SYNTHESISE, 0);
        float[][] prototypes = new float[classes][features];
        for (float[] prototype : prototypes) {
            for (int i = 0; i < features; i++) {
                prototype[i] = prototypeStream.nextFloat();
            }
        }
        Arena arena = Arena.ofAuto();
        Tensor inputs = Tensor.zeros(arena, ElementType.F32, Shape.of(samples, features));
        Tensor targets = Tensor.zeros(arena, ElementType.I32, Shape.of(samples));
        RandomStream labels = RandomStream.of(seed, Purpose.SYNTHESISE, 1);
        RandomStream noise = RandomStream.of(seed, Purpose.SYNTHESISE, 2);
        long at = 0;
        for (int row = 0; row < samples; row++) {
            int label = labels.nextInt(classes);
            targets.setInt(row, label);
            for (float value : prototypes[label]) {
                inputs.setFloat(at++, WEIGHT * value + WEIGHT * noise.nextFloat());
            }
        }
        List<String> names =
                IntStream.range(0, classes).mapToObj(Integer::toString).toList();
        return Dataset.checked("random-classes", inputs, targets, names);
    }

    private static void requireAtLeast(String what, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: " + least + " or more); raise it");
        }
    }
}
