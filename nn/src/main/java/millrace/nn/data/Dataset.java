package millrace.nn.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import millrace.nn.tensor.ElementType;
import millrace.nn.tensor.Shape;
import millrace.nn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Samples, what a model should say about them, and where they do not all count alike what each of them weighs. Read-only; rows
 * are counted from 0.
 *
 * @param name what errors and reports call it
 * @param inputs n x sample shape; F32 values, or I32 token numbers of 0 or more
 * @param targets classification: I32 [n], labels from 0 to classes - 1, or [n x T] for T positions of a sequence, where
 *     {@link #IGNORED} counts for nothing; regression: F32 [n x values]
 * @param classes names of the classes by label; empty for regression
 * @param weights F32 [n], what each sample counts in the loss's mean; null: all count alike
 */
public record Dataset(
        String name,
        Tensor inputs,
        Tensor targets,
        List<String> classes,
        @Nullable Tensor weights) {
    /** The label of a position that neither loss nor accuracy counts: PyTorch's {@code ignore_index}. */
    public static final int IGNORED = -100;

    /**
     * Checks types, shapes, labels, tokens and weights.
     *
     * @throws IllegalArgumentException on wrong types or shapes, unequal rows, a label or token out of range, or a weight that is
     *     not finite or below 0
     */
    public Dataset {
        classes = List.copyOf(classes);
        boolean tokens = inputs.type() == ElementType.I32;
        require(name, "inputs", inputs, inputs.type(), inputs.shape().rank() >= 2, "samples x features or tokens");
        if (classes.isEmpty()) {
            require(name, "targets", targets, ElementType.F32, targets.shape().rank() >= 2, "F32 of samples x values");
        } else {
            int rank = targets.shape().rank();
            require(
                    name,
                    "targets",
                    targets,
                    ElementType.I32,
                    rank == 1 || rank == 2,
                    "I32, a label a sample or a label a position");
        }
        if (inputs.rows() != targets.rows()) {
            throw new IllegalArgumentException(name + ": " + inputs.rows() + " inputs and " + targets.rows()
                    + " targets (expected: equally many); every sample needs its target");
        }
        if (!classes.isEmpty() && !targets.isAbsent()) {
            checkNumbers(name, "label", targets, classes.size(), "; correct the label or name all classes");
        }
        if (tokens && !inputs.isAbsent()) {
            checkNumbers(name, "token", inputs, Integer.MAX_VALUE, "; correct the token");
        }
        if (weights != null) {
            checkWeights(name, targets, weights);
        }
    }

    /** Of samples that count alike. */
    public Dataset(String name, Tensor inputs, Tensor targets, List<String> classes) {
        this(name, inputs, targets, classes, null);
    }

    /**
     * A data set whose floats have been looked through as well, for values from outside.
     *
     * @throws IllegalArgumentException also on a value that is NaN or infinite, with its row and column from 0
     */
    public static Dataset checked(String name, Tensor inputs, Tensor targets, List<String> classes) {
        Dataset dataset = new Dataset(name, inputs, targets, classes);
        if (inputs.type() == ElementType.F32) {
            requireFinite(name, "input", inputs);
        }
        if (!dataset.isClassification()) {
            requireFinite(name, "target", targets);
        }
        return dataset;
    }

    /** Whether only the number and the form of the samples are known here, and they themselves are elsewhere. */
    public boolean isOutline() {
        return inputs.isAbsent();
    }

    /** Bytes that it takes in memory. */
    public long bytes() {
        long bytes = 0;
        for (Tensor tensor : weights == null ? List.of(inputs, targets) : List.of(inputs, targets, weights)) {
            bytes += tensor.isAbsent()
                    ? 0
                    : tensor.shape().size() * tensor.type().bytes();
        }
        return bytes;
    }

    /** Number of samples. */
    public int size() {
        return inputs.rows();
    }

    /** Shape of one input, without the batch dimension. */
    public Shape sampleShape() {
        return inputs.shape().sample();
    }

    /** Whether targets are labels; values otherwise. */
    public boolean isClassification() {
        return !classes.isEmpty();
    }

    /**
     * Rows {@code from} (inclusive) to {@code to} (exclusive), on the same memory.
     *
     * @throws IllegalArgumentException when there are no such rows
     */
    public Dataset slice(int from, int to) {
        if (from < 0 || to < from || to > size()) {
            throw new IllegalArgumentException(
                    name + ": rows " + from + " to " + to + " (expected: a range within 0 to " + size() + ")");
        }
        return new Dataset(
                name,
                inputs.slice(from, to),
                targets.slice(from, to),
                classes,
                weights == null ? null : weights.slice(from, to));
    }

    /**
     * A copy of the given rows, in the given order; a row may occur more than once.
     *
     * @throws IllegalArgumentException when there is no such row
     */
    public Dataset select(int[] rows) {
        for (int row : rows) {
            if (row < 0 || row >= size()) {
                throw new IllegalArgumentException(
                        name + ": row " + row + " (expected: 0 to " + (size() - 1) + ", the data set's rows)");
            }
        }
        Arena arena = Arena.ofAuto();
        return new Dataset(
                name,
                copy(arena, inputs, rows),
                copy(arena, targets, rows),
                classes,
                weights == null ? null : copy(arena, weights, rows));
    }

    /** The same under another name. */
    public Dataset withName(String other) {
        return new Dataset(other, inputs, targets, classes, weights);
    }

    /**
     * The same with other names of the classes.
     *
     * @throws IllegalArgumentException when a label has no name
     */
    public Dataset withClasses(List<String> names) {
        return new Dataset(name, inputs, targets, names, weights);
    }

    /**
     * The same with other inputs, as many.
     *
     * @throws IllegalArgumentException when they do not fit the targets
     */
    public Dataset withInputs(Tensor other) {
        return new Dataset(name, other, targets, classes, weights);
    }

    /**
     * The same with other targets, as many.
     *
     * @throws IllegalArgumentException when they do not fit the inputs or the classes
     */
    public Dataset withTargets(Tensor other) {
        return new Dataset(name, inputs, other, classes, weights);
    }

    /**
     * The same samples, each with what it counts in the mean of the loss: PyTorch's {@code (w * losses).sum() / w.sum()}.
     *
     * @param each one a sample, finite and 0 or more
     * @throws IllegalArgumentException when one is not, or there are not as many as samples
     */
    public Dataset withWeights(float... each) {
        Tensor tensor = Tensor.of(Arena.ofAuto(), Shape.of(each.length), each);
        return new Dataset(name, inputs, targets, classes, tensor);
    }

    /** Targets of the rows {@code from} (inclusive) to {@code to} (exclusive) with their weights, on the same memory. */
    public Targets targets(int from, int to) {
        return new Targets(targets, weights).slice(from, to);
    }

    /**
     * The same values with each sample in another shape of equal size, as 784 for 28x28.
     *
     * @throws IllegalArgumentException when the sizes differ
     */
    public Dataset withSampleShape(Shape shape) {
        if (shape.size() != sampleShape().size()) {
            throw new IllegalArgumentException(name + ": sample shape " + shape + " (expected: "
                    + sampleShape().size() + " values, as in " + sampleShape() + ")");
        }
        return withInputs(inputs.reshape(shape.batched(size())));
    }

    @Override
    public String toString() {
        String what = isClassification() ? ", " + classes.size() + " classes" : ", regression";
        return name + "[" + size() + " of " + sampleShape() + what + (weights == null ? "" : ", weighted") + "]";
    }

    private static Tensor copy(Arena arena, Tensor source, int[] rows) {
        Tensor copy = Tensor.zeros(arena, source.type(), source.shape().sample().batched(rows.length));
        long bytes = source.shape().sample().size() * source.type().bytes();
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(source.memory(), rows[i] * bytes, copy.memory(), i * bytes, bytes);
        }
        return copy;
    }

    private static void require(
            String name, String part, Tensor tensor, ElementType type, boolean rankFits, String expected) {
        if (tensor.type() != type || !rankFits) {
            throw new IllegalArgumentException(name + ": " + part + ": " + tensor + " (expected: " + expected + ")");
        }
    }

    private static void checkNumbers(String name, String what, Tensor numbers, int limit, String remedy) {
        long columns = numbers.columns();
        boolean labels = what.equals("label");
        for (long i = 0; i < numbers.shape().size(); i++) {
            int number = numbers.getInt(i);
            boolean ignored = labels && number == IGNORED;
            if ((number < 0 || number >= limit) && !ignored) {
                throw new IllegalArgumentException(name + ": row " + i / columns + ": " + what + " out of range: "
                        + number + " (expected: 0 to " + (limit - 1) + ")" + remedy);
            }
        }
    }

    private static void checkWeights(String name, Tensor targets, Tensor weights) {
        require(name, "weights", weights, ElementType.F32, weights.shape().rank() == 1, "F32, one a sample");
        if (weights.rows() != targets.rows()) {
            throw new IllegalArgumentException(name + ": " + targets.rows() + " targets and " + weights.rows()
                    + " weights (expected: equally many); every sample needs its weight");
        }
        for (int row = 0; row < weights.rows() && !weights.isAbsent(); row++) {
            float weight = weights.getFloat(row);
            if (!(weight >= 0 && weight < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(name + ": row " + row + ": weight: " + weight
                        + " (expected: a finite number of 0 or more); correct it or remove the sample");
            }
        }
    }

    private static void requireFinite(String name, String part, Tensor values) {
        long columns = values.columns();
        for (long i = 0; i < values.shape().size(); i++) {
            float value = values.getFloat(i);
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(name + ": " + part + " row " + i / columns + ", column "
                        + i % columns + ": " + value + " (expected: a finite number); correct or remove the sample");
            }
        }
    }
}
