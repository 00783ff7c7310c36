package millrace.nn.data;

import java.lang.foreign.Arena;
import java.util.Arrays;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/**
 * Shifts and scales features, {@code (x - mean) / scale}, by one pair for all of them or a pair for each. The pair is
 * learnt from the training part alone and goes into the checkpoint as two float arrays. Immutable.
 */
public final class Normalization {
    private final float[] mean;
    private final float[] scale;

    private Normalization(float[] mean, float[] scale) {
        this.mean = mean;
        this.scale = scale;
    }

    /**
     * One pair for all features.
     *
     * @throws IllegalArgumentException when the mean is not finite, or the scale not finite and above 0
     */
    public static Normalization of(float mean, float scale) {
        return of(new float[] {mean}, new float[] {scale});
    }

    /**
     * A pair for each feature, as from {@link #mean} and {@link #scale}; one pair alone holds for all features.
     *
     * @throws IllegalArgumentException when the lengths differ or are 0, a mean is not finite, or a scale not finite
     *     and above 0
     */
    public static Normalization of(float[] mean, float[] scale) {
        if (mean.length != scale.length || mean.length == 0) {
            throw new IllegalArgumentException("normalization: " + mean.length + " means and " + scale.length
                    + " scales (expected: equally many, one or more)");
        }
        for (int i = 0; i < mean.length; i++) {
            if (!Float.isFinite(mean[i])) {
                throw new IllegalArgumentException("mean: " + mean[i] + " (expected: a finite number)");
            }
            if (!Float.isFinite(scale[i]) || scale[i] <= 0) {
                throw new IllegalArgumentException("scale: " + scale[i]
                        + " (expected: a finite number above 0); give a constant feature the scale 1");
            }
        }
        return new Normalization(mean.clone(), scale.clone());
    }

    /**
     * Mean 0 and standard deviation 1 (of the population, so divided by n) for each input feature of {@code train};
     * constant features are only shifted.
     *
     * @throws IllegalArgumentException when there are no samples
     */
    public static Normalization standard(Dataset train) {
        return standard(train.name(), train.inputs());
    }

    /**
     * Mean 0 and standard deviation 1 for each target value of {@code train}.
     *
     * @throws IllegalArgumentException when the targets are class labels
     */
    public static Normalization ofTargets(Dataset train) {
        requireValues(train);
        return standard(train.name(), train.targets());
    }

    /**
     * A new data set with shifted and scaled inputs.
     *
     * @throws IllegalArgumentException when the data set has another number of features
     */
    public Dataset apply(Dataset dataset) {
        return dataset.withInputs(apply(dataset.name(), dataset.inputs()));
    }

    /**
     * A new data set with shifted and scaled targets.
     *
     * @throws IllegalArgumentException when the targets are class labels, or another number of values
     */
    public Dataset applyToTargets(Dataset dataset) {
        requireValues(dataset);
        return dataset.withTargets(apply(dataset.name(), dataset.targets()));
    }

    /** The inverse, to show predictions in their own unit; {@code values} are rows of features, one after the other. */
    public float[] restore(float[] values) {
        float[] restored = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            restored[i] = values[i] * scale[i % scale.length] + mean[i % mean.length];
        }
        return restored;
    }

    /** What is subtracted; one value for all features, or one for each. */
    public float[] mean() {
        return mean.clone();
    }

    /** What is divided by; as many values as means. */
    public float[] scale() {
        return scale.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Normalization that
                && Arrays.equals(mean, that.mean)
                && Arrays.equals(scale, that.scale);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(mean) + Arrays.hashCode(scale);
    }

    @Override
    public String toString() {
        return mean.length == 1
                ? "(x - " + mean[0] + ") / " + scale[0]
                : "(x - mean) / scale of " + mean.length + " features";
    }

    private Tensor apply(String name, Tensor values) {
        requireFloats(name, values);
        int columns = values.columns();
        if (mean.length != 1 && mean.length != columns && values.rows() > 0) {
            throw new IllegalArgumentException(name + ": " + columns + " features (expected: " + mean.length
                    + ", as in the data that the normalization was made from)");
        }
        Tensor result = Tensor.zeros(Arena.ofAuto(), ElementType.F32, values.shape());
        int last = mean.length - 1;
        long at = 0;
        for (int row = 0; row < values.rows(); row++) {
            for (int column = 0; column < columns; column++, at++) {
                int pair = Math.min(column, last);
                result.setFloat(at, (values.getFloat(at) - mean[pair]) / scale[pair]);
            }
        }
        return result;
    }

    private static Normalization standard(String name, Tensor values) {
        requireFloats(name, values);
        int rows = values.rows();
        int columns = values.columns();
        if (rows == 0) {
            throw new IllegalArgumentException(name + ": no samples (expected: one or more to normalize by)");
        }
        // exact for a constant feature: 2^29 equal floats have an exact sum in double precision
        double[] sum = new double[columns];
        long at = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++, at++) {
                sum[column] += values.getFloat(at);
            }
        }
        double[] squares = new double[columns];
        at = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++, at++) {
                double deviation = values.getFloat(at) - sum[column] / rows;
                squares[column] += deviation * deviation;
            }
        }
        float[] mean = new float[columns];
        float[] scale = new float[columns];
        for (int column = 0; column < columns; column++) {
            mean[column] = (float) (sum[column] / rows);
            float deviation = (float) Math.sqrt(squares[column] / rows);
            scale[column] = deviation > 0 ? deviation : 1;
        }
        return of(mean, scale);
    }

    private static void requireFloats(String name, Tensor values) {
        if (values.type() != ElementType.F32) {
            throw new IllegalArgumentException(
                    name + ": samples are tokens (expected: values); leave them as they are, normalize = none");
        }
    }

    private static void requireValues(Dataset dataset) {
        if (dataset.isClassification()) {
            throw new IllegalArgumentException(
                    dataset.name() + ": targets are class labels (expected: values); normalize the inputs only");
        }
    }
}
