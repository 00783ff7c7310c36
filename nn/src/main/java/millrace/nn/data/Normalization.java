package millrace.nn.data;

import java.lang.foreign.Arena;
import java.util.Arrays;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Tensor;

/**
 * Shifts and scales features, {@code (x - mean) / scale}, by one pair for all of them or a pair for each. The pair is
 * learnt from the training part alone and goes into the checkpoint as two arrays. In double precision, because
 * values such as seconds since 1970 are no float32 before their mean is taken off. Immutable.
 */
public final class Normalization {
    /** Rows of values in double precision. */
    interface Rows {
        /** Copies the values of a row. */
        void read(int row, double[] into);
    }

    private final double[] mean;
    private final double[] scale;

    private Normalization(double[] mean, double[] scale) {
        this.mean = mean;
        this.scale = scale;
    }

    /**
     * One pair for all features.
     *
     * @throws IllegalArgumentException when the mean is not finite, or the scale not finite and above 0
     */
    public static Normalization of(double mean, double scale) {
        return of(new double[] {mean}, new double[] {scale});
    }

    /**
     * A pair for each feature, as from {@link #mean} and {@link #scale}; one pair alone holds for all features.
     *
     * @throws IllegalArgumentException when the lengths differ or are 0, a mean is not finite, or a scale not finite
     *     and above 0
     */
    public static Normalization of(double[] mean, double[] scale) {
        if (mean.length != scale.length || mean.length == 0) {
            throw new IllegalArgumentException("normalization: " + mean.length + " means and " + scale.length
                    + " scales (expected: equally many, one or more)");
        }
        for (int i = 0; i < mean.length; i++) {
            if (!Double.isFinite(mean[i])) {
                throw new IllegalArgumentException("mean: " + mean[i] + " (expected: a finite number)");
            }
            if (!Double.isFinite(scale[i]) || scale[i] <= 0) {
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
    public double[] restore(float[] values) {
        double[] restored = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            restored[i] = values[i] * scale[i % scale.length] + mean[i % mean.length];
        }
        return restored;
    }

    /** What is subtracted; one value for all features, or one for each. */
    public double[] mean() {
        return mean.clone();
    }

    /** What is divided by; as many values as means. */
    public double[] scale() {
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

    Tensor apply(String name, Tensor values) {
        requireFloats(name, values);
        int columns = values.columns();
        if (values.rows() > 0) {
            requireColumns(name, columns);
        }
        Tensor result = Tensor.zeros(Arena.ofAuto(), ElementType.F32, values.shape());
        long at = 0;
        for (int row = 0; row < values.rows(); row++) {
            for (int column = 0; column < columns; column++, at++) {
                result.setFloat(at, (float) apply(column, values.getFloat(at)));
            }
        }
        return result;
    }

    /** A value of one column, shifted and scaled. */
    double apply(int column, double value) {
        int pair = Math.min(column, mean.length - 1);
        return (value - mean[pair]) / scale[pair];
    }

    void requireColumns(String name, int columns) {
        if (mean.length != 1 && mean.length != columns) {
            throw new IllegalArgumentException(name + ": " + columns + " features (expected: " + mean.length
                    + ", as in the data that the normalization was made from)");
        }
    }

    private static Normalization standard(String name, Tensor values) {
        requireFloats(name, values);
        int columns = values.columns();
        boolean[] all = new boolean[columns];
        Arrays.fill(all, true);
        return standard(name, values.rows(), all, (row, into) -> {
            for (int column = 0; column < columns; column++) {
                into[column] = values.getFloat((long) row * columns + column);
            }
        });
    }

    /**
     * @param columns which of a row's values are shifted and scaled
     * @param source gives each row twice
     */
    static Normalization standard(String name, int rows, boolean[] columns, Rows source) {
        if (rows == 0) {
            throw new IllegalArgumentException(name + ": no samples (expected: one or more to normalize by)");
        }
        // from the first row on: exact for a constant feature, and precise for values far from 0 as seconds since 1970
        double[] first = new double[columns.length];
        source.read(0, first);
        double[] row = new double[columns.length];
        double[] shift = new double[columns.length];
        for (int r = 0; r < rows; r++) {
            source.read(r, row);
            for (int column = 0; column < row.length; column++) {
                shift[column] += row[column] - first[column];
            }
        }
        double[] squares = new double[columns.length];
        for (int r = 0; r < rows; r++) {
            source.read(r, row);
            for (int column = 0; column < row.length; column++) {
                double deviation = row[column] - first[column] - shift[column] / rows;
                squares[column] += deviation * deviation;
            }
        }
        double[] mean = new double[columns.length];
        double[] scale = new double[columns.length];
        for (int column = 0; column < columns.length; column++) {
            double deviation = Math.sqrt(squares[column] / rows);
            mean[column] = columns[column] ? first[column] + shift[column] / rows : 0;
            scale[column] = columns[column] && deviation > 0 ? deviation : 1;
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
