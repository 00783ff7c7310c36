package millrace.schedule.order;

import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.Replication;
import millrace.schedule.stream.StreamSpec;

/**
 * A stream of micro-batches that nobody flushes, over a line of one stage a rank. What a rank does next follows from the
 * stream alone ({@link millrace.schedule.stream.StreamOrder}), so there is no schedule of a batch. Batches are still what
 * data is drawn in and what a run counts.
 *
 * <p>Of several copies of the line ({@link Replication}) each has a stream of its own micro-batches, numbered without gaps, whose
 * versions and delays are those of one line. The n-th step of a stage is made with the sum of its copies' n-th gradients, so
 * that all copies have the same versions of its weights; a copy waits for the others there and nowhere else. Steps must end
 * with batches then: between two batches no copy has a part of a sum that the others have not.
 *
 * @param spec in what order the stages of a copy work, when they step, and which versions of their weights they use
 * @param placement of one stage a rank, stage s of copy c on rank c x stages + s
 */
public record Streamed(StreamSpec spec, Placement placement) implements Order {
    public Streamed {
        int replicas = placement.replicas().size();
        Placement line = line(spec, placement.microBatches() / replicas, replicas);
        if (!placement.equals(line)) {
            throw new IllegalArgumentException("placement: " + placement + " (expected: " + line + ", a stream of "
                    + spec.stages() + " stages has one on each rank)");
        }
        if (replicas > 1 && spec.isGreedy()) {
            throw new IllegalArgumentException(
                    "replicas: " + replicas + " with " + spec.discipline().schedule()
                            + " (expected: 1, timing decides on the weights of each copy); take async-1f1b");
        }
        int ofCopy = placement.microBatches() / replicas;
        if (replicas > 1 && ofCopy % spec.accumulate() != 0) {
            throw new IllegalArgumentException(
                    "accumulate: " + spec.accumulate() * replicas + " with " + replicas
                            + " replicas (expected: a divisor of the " + placement.microBatches()
                            + " micro-batches of a batch, so that steps end with batches); set --micro-batches or --accumulate");
        }
    }

    /**
     * The stream over its line.
     *
     * @param microBatches number of micro-batches that a batch is cut into, 1 or more
     */
    public static Streamed of(StreamSpec spec, int microBatches) {
        return of(spec, microBatches, 1);
    }

    /**
     * The streams over copies of a line.
     *
     * @param spec of one copy
     * @param microBatches of a batch, over all copies; a multiple of their number
     * @param replicas the copies, 1 or more
     * @throws IllegalArgumentException when the numbers do not fit
     */
    public static Streamed of(StreamSpec spec, int microBatches, int replicas) {
        return new Streamed(spec, line(spec, Replication.share(microBatches, replicas), replicas));
    }

    private static Placement line(StreamSpec spec, int microBatches, int replicas) {
        return Replication.of(Placement.loop(new PipelineShape(spec.stages(), 1, microBatches)), replicas);
    }

    /** Number of copies of the line. */
    public int replicas() {
        return placement.replicas().size();
    }

    /** Micro-batches of a batch that go through one copy of the line. */
    public int microBatchesOfReplica() {
        return microBatches() / replicas();
    }

    @Override
    public String name() {
        return spec.discipline().schedule();
    }

    @Override
    public long optimizerSteps(long batches) {
        return batches * microBatchesOfReplica() / spec.accumulate();
    }
}
