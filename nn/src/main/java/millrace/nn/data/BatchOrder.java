package millrace.nn.data;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import millrace.nn.random.RandomStream;
import millrace.nn.random.RandomStream.Purpose;
import millrace.nn.tensor.Tensor;

/**
 * Which samples make up each batch and micro-batch: a pure function of the constructor's arguments, so that the
 * stage that feeds inputs and the one that compares with targets agree without a message. A step is one batch;
 * steps, epochs and micro-batches count from 0. The last batch of an epoch holds what is left.
 *
 * <pre>
 * samples 10, batch 4, micro-batches 2, no shuffle
 * step          0        1        2      3        ...
 * epoch         0        0        0      1
 * micro-batch 0 0 1      4 5      8      0 1
 * micro-batch 1     2 3      6 7    9        2 3
 * </pre>
 *
 * <p>One object is used by one thread.
 */
public final class BatchOrder {
    private final int samples;
    private final int batch;
    private final int microBatches;
    private final long seed;
    private final boolean shuffle;
    private final long stepsPerEpoch;
    private int[] order;
    private long orderedEpoch;

    /**
     * An order of batches.
     *
     * @param samples size of the data set
     * @param batch samples of a step
     * @param microBatches slices of a batch, a divisor of it
     * @param seed of the order
     * @param shuffle whether each epoch has an order of its own; otherwise the data set's
     * @throws IllegalArgumentException when a number is below 1, or the batch does not divide evenly
     */
    public BatchOrder(int samples, int batch, int microBatches, long seed, boolean shuffle) {
        requirePositive("samples", samples, "read a data set that is not empty");
        requirePositive("batch", batch, "raise it");
        requirePositive("micro-batches", microBatches, "1 means no slicing");
        if (batch % microBatches != 0) {
            throw new IllegalArgumentException("micro-batches: " + microBatches + " (expected: a divisor of batch "
                    + batch + "); change one of the two");
        }
        this.samples = samples;
        this.batch = batch;
        this.microBatches = microBatches;
        this.seed = seed;
        this.shuffle = shuffle;
        this.stepsPerEpoch = stepsPerEpoch(samples, batch);
        this.order = shuffle ? shuffled(0) : IntStream.range(0, samples).toArray();
    }

    /** Batches of an epoch of so many samples, a partial one at its end included. */
    public static long stepsPerEpoch(int samples, int batch) {
        requirePositive("samples", samples, "read a data set that is not empty");
        requirePositive("batch", batch, "raise it");
        return (samples + batch - 1L) / batch;
    }

    /** Batches of an epoch, a partial one at its end included. */
    public long stepsPerEpoch() {
        return stepsPerEpoch;
    }

    /** The epoch, from 0, that an optimizer step is in. */
    public long epochOf(long step) {
        return step / stepsPerEpoch;
    }

    /** The samples of an epoch in the order of their use. The array is kept; do not write to it. */
    public int[] order(long epoch) {
        if (shuffle && epoch != orderedEpoch) {
            order = shuffled(epoch);
            orderedEpoch = epoch;
        }
        return order;
    }

    /** Samples in the batch of this step: the batch size, or what is left at the end of an epoch. */
    public int batchRows(long step) {
        return Math.min(batch, samples - firstOf(step));
    }

    /** Samples in a micro-batch of this step; some may be empty when the last batch is smaller than their number. */
    public int rows(long step, int microBatch) {
        return rows(batchRows(step), microBatch, microBatches);
    }

    /** Samples in a micro-batch of a batch that has so many. */
    public static int rows(int ofBatch, int microBatch, int microBatches) {
        return cut(ofBatch, microBatch + 1, microBatches) - cut(ofBatch, microBatch, microBatches);
    }

    /** Number in the data set of one of the rows of a micro-batch. */
    public int sample(long step, int microBatch, int row) {
        return order(epochOf(step))[firstOf(step) + cut(batchRows(step), microBatch) + row];
    }

    /**
     * Copies the inputs of a micro-batch.
     *
     * @param into rows(step, microBatch) x sample shape, or another shape of the same rows and columns
     * @throws IllegalArgumentException when data set or tensor do not fit
     */
    public void gatherInputs(Dataset dataset, long step, int microBatch, Tensor into) {
        gather(dataset.inputs(), step, microBatch, into);
    }

    /**
     * Copies the targets of a micro-batch.
     *
     * @param into I32 [rows(step, microBatch)], or F32 of rows x values for a regression
     * @throws IllegalArgumentException when data set or tensor do not fit
     */
    public void gatherTargets(Dataset dataset, long step, int microBatch, Tensor into) {
        gather(dataset.targets(), step, microBatch, into);
    }

    /**
     * Copies the weights of a micro-batch's samples.
     *
     * @param weights of the data set, F32 [samples]
     * @param into F32 [rows(step, microBatch)]
     * @throws IllegalArgumentException when weights or tensor do not fit
     */
    public void gatherWeights(Tensor weights, long step, int microBatch, Tensor into) {
        gather(weights, step, microBatch, into);
    }

    private void gather(Tensor source, long step, int microBatch, Tensor into) {
        int rows = rows(step, microBatch);
        int columns = source.columns();
        if (source.rows() != samples) {
            throw new IllegalArgumentException(
                    "data set: " + source.rows() + " samples (expected: " + samples + ", as the order was made for)");
        }
        if (into.type() != source.type() || into.rows() != rows || (rows > 0 && into.columns() != columns)) {
            throw new IllegalArgumentException("destination: " + into + " (expected: " + source.type() + " of " + rows
                    + " rows of " + columns + " values)");
        }
        int[] epoch = order(epochOf(step));
        int first = firstOf(step) + cut(batchRows(step), microBatch);
        MemorySegment from = source.memory();
        MemorySegment to = into.memory();
        long bytes = (long) columns * source.type().bytes();
        for (int i = 0; i < rows; i++) {
            MemorySegment.copy(from, epoch[first + i] * bytes, to, i * bytes, bytes);
        }
    }

    private int firstOf(long step) {
        return (int) (step % stepsPerEpoch * batch);
    }

    /** Where a micro-batch begins within a batch of {@code rows}. */
    private int cut(int rows, int microBatch) {
        return cut(rows, microBatch, microBatches);
    }

    private static int cut(int rows, int microBatch, int microBatches) {
        return (int) ((long) rows * microBatch / microBatches);
    }

    private int[] shuffled(long epoch) {
        return RandomStream.of(seed, Purpose.SHUFFLE, epoch).permutation(samples);
    }

    private static void requirePositive(String what, int value, String remedy) {
        if (value < 1) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: 1 or more); " + remedy);
        }
    }
}
