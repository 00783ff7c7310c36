package millrace.schedule.order;

import millrace.schedule.PipelineShape;
import millrace.schedule.Placement;
import millrace.schedule.stream.StreamSpec;

/**
 * A stream of micro-batches that nobody flushes, over a line of one stage a rank. What a rank does next follows from the
 * stream alone ({@link millrace.schedule.stream.StreamOrder}), so there is no schedule of a batch. Batches are still what
 * data is drawn in and what a run counts.
 *
 * @param spec in what order stages work, when they step, and which versions of their weights they use
 * @param placement of one stage a rank, stage s on rank s
 */
public record Streamed(StreamSpec spec, Placement placement) implements Order {
    public Streamed {
        Placement line = line(spec, placement.microBatches());
        if (!placement.equals(line)) {
            throw new IllegalArgumentException("placement: " + placement + " (expected: " + line + ", a stream of "
                    + spec.stages() + " stages has one on each rank)");
        }
    }

    /**
     * The stream over its line.
     *
     * @param microBatches number of micro-batches that a batch is cut into, 1 or more
     */
    public static Streamed of(StreamSpec spec, int microBatches) {
        return new Streamed(spec, line(spec, microBatches));
    }

    private static Placement line(StreamSpec spec, int microBatches) {
        return Placement.loop(new PipelineShape(spec.stages(), 1, microBatches));
    }

    @Override
    public String name() {
        return spec.discipline().schedule();
    }

    @Override
    public long optimizerSteps(long batches) {
        return batches * microBatches() / spec.accumulate();
    }
}
