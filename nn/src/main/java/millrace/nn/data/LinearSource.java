package millrace.nn.data;

import java.lang.foreign.Arena;
import java.util.List;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;

/**
 * Points along a line: {@code y = slope * x + intercept + noise}, x uniform in [-1, 1).
 *
 * @param slope what a linear model should find as its weight
 * @param intercept what it should find as its bias
 * @param noise standard deviation of the normal noise
 * @param samples number of points
 * @param seed of points and noise
 */
public record LinearSource(double slope, double intercept, double noise, int samples, long seed) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException when samples are below 1, noise below 0, or a number not finite
     */
    public LinearSource {
        requireFinite("slope", slope);
        requireFinite("intercept", intercept);
        requireFinite("noise", noise);
        if (noise < 0) {
            throw new IllegalArgumentException("noise: " + noise + " (expected: 0 or more); 0 is an exact line");
        }
        if (samples < 1) {
            throw new IllegalArgumentException("samples: " + samples + " (expected: 1 or more); raise it");
        }
    }

    /** Inputs n x 1, targets n x 1. */
    public Dataset generate() {
        Arena arena = Arena.ofAuto();
        Tensor inputs = Tensor.zeros(arena, ElementType.F32, Shape.of(samples, 1));
        Tensor targets = Tensor.zeros(arena, ElementType.F32, Shape.of(samples, 1));
        RandomStream points = RandomStream.of(seed, Purpose.SYNTHESISE, 0);
        RandomStream errors = RandomStream.of(seed, Purpose.SYNTHESISE, 1);
        for (int row = 0; row < samples; row++) {
            float x = 2 * points.nextFloat() - 1;
            inputs.setFloat(row, x);
            targets.setFloat(row, (float) (slope * x + intercept + noise * errors.nextGaussian()));
        }
        return Dataset.checked("linear", inputs, targets, List.of());
    }

    private static void requireFinite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: a finite number)");
        }
    }
}
