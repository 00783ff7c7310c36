package millrace.schedule.auto;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * What one layer takes and holds, as it was measured for some numbers of samples. Between and beyond those, every figure is taken
 * as a + b n of the number n of samples: a part that each action costs whatever its size, and one that each sample costs.
 *
 * @param name for people
 * @param weightBytes of its weights, once
 * @param exchangeBytes held beside all else where the line exists several times, for adding up gradients
 * @param sizes one or more, of different numbers of samples
 */
public record LayerProfile(String name, double weightBytes, double exchangeBytes, List<Size> sizes) {
    /**
     * One layer at one size of micro-batches. Times in seconds, of one micro-batch.
     *
     * @param samples of the micro-batch
     * @param forward time of F
     * @param backward time of B
     * @param backwardInput time of I
     * @param backwardWeight time of W
     * @param step time of the optimizer step, whatever the samples
     * @param keptBytes held from the forward to the backward
     * @param keptForWeightBytes what is held between backward-input and backward-weight
     * @param inputBytes of what comes into the layer
     * @param workBytes held all the time beside weights, gradients and optimizer state: error deltas, workspaces
     * @param boundaryBytes held besides where a stage begins with the layer: what comes in and goes out there
     */
    public record Size(
            int samples,
            double forward,
            double backward,
            double backwardInput,
            double backwardWeight,
            double step,
            double keptBytes,
            double keptForWeightBytes,
            double inputBytes,
            double workBytes,
            double boundaryBytes) {
        public Size {
            if (samples < 1) {
                throw new IllegalArgumentException("samples: " + samples + " (expected: 1 or more)");
            }
            for (double value : new double[] {
                forward,
                backward,
                backwardInput,
                backwardWeight,
                step,
                keptBytes,
                keptForWeightBytes,
                inputBytes,
                workBytes,
                boundaryBytes
            }) {
                requireAmount("time or size", value);
            }
        }

        /** A layer whose B takes as long as its I and W, which keeps all until its W, and needs nothing beside. */
        public Size(
                int samples,
                double forward,
                double backwardInput,
                double backwardWeight,
                double step,
                double keptBytes,
                double inputBytes) {
            this(
                    samples,
                    forward,
                    backwardInput + backwardWeight,
                    backwardInput,
                    backwardWeight,
                    step,
                    keptBytes,
                    keptBytes,
                    inputBytes,
                    0,
                    0);
        }
    }

    /** A layer whose gradients are added up in place. */
    public LayerProfile(String name, double weightBytes, List<Size> sizes) {
        this(name, weightBytes, 0, sizes);
    }

    public LayerProfile {
        requireAmount("weight bytes of layer " + name, weightBytes);
        requireAmount("exchange bytes of layer " + name, exchangeBytes);
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("layer " + name + ": no size (expected: one or more measured sizes)");
        }
        Set<Integer> seen = new HashSet<>();
        for (Size size : sizes) {
            if (!seen.add(size.samples())) {
                throw new IllegalArgumentException(
                        "layer " + name + ": " + size.samples() + " samples twice (expected: each size once)");
            }
        }
        sizes = sizes.stream().sorted(Comparator.comparingInt(Size::samples)).toList();
    }

    static void requireAmount(String what, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: a number of 0 or more)");
        }
    }

    /** The layer with micro-batches of so many samples: as measured, or else as the line through what was measured. */
    public Size at(int samples) {
        for (Size size : sizes) {
            if (size.samples() == samples) {
                return size;
            }
        }
        double step = sizes.stream().mapToDouble(Size::step).average().orElse(0);
        return new Size(
                samples,
                fitted(samples, Size::forward),
                fitted(samples, Size::backward),
                fitted(samples, Size::backwardInput),
                fitted(samples, Size::backwardWeight),
                step,
                fitted(samples, Size::keptBytes),
                fitted(samples, Size::keptForWeightBytes),
                fitted(samples, Size::inputBytes),
                fitted(samples, Size::workBytes),
                fitted(samples, Size::boundaryBytes));
    }

    /**
     * The line of least squares of the relative errors, so that small sizes count as much as large ones; through zero where there
     * is one size only, or else the part of each action would be below zero.
     */
    private double fitted(int samples, ToDoubleFunction<Size> figure) {
        if (sizes.size() == 1) {
            return figure.applyAsDouble(sizes.getFirst()) / sizes.getFirst().samples() * samples;
        }
        boolean relative = sizes.stream().allMatch(size -> figure.applyAsDouble(size) > 0);
        double weights = 0;
        double x = 0;
        double y = 0;
        double xx = 0;
        double xy = 0;
        for (Size size : sizes) {
            double value = figure.applyAsDouble(size);
            double weight = relative ? 1 / (value * value) : 1;
            weights += weight;
            x += weight * size.samples();
            y += weight * value;
            xx += weight * size.samples() * size.samples();
            xy += weight * size.samples() * value;
        }
        double slope = (weights * xy - x * y) / (weights * xx - x * x);
        double fixed = (y - slope * x) / weights;
        // no part is below zero: a line through zero, or one that does not rise
        if (fixed < 0) {
            return xy / xx * samples;
        }
        return slope < 0 ? y / weights : fixed + slope * samples;
    }
}
