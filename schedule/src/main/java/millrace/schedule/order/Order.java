package millrace.schedule.order;

import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import millrace.schedule.Placement;
import millrace.schedule.Recomputation;
import millrace.schedule.Schedule;
import millrace.schedule.stream.StreamSpec;

/**
 * The order in which the ranks of a run do their work. There are two kinds, and what a run is made of (the cores of its
 * ranks, its reference, its checks) goes by the kind: {@link Flushed} works off the schedule of one batch again and again,
 * {@link Streamed} never ends a batch. What both have is asked here: a name, and who holds what.
 */
public sealed interface Order permits Flushed, Streamed {
    /** The name that {@code --schedule} takes: {@code 1f1b}, {@code async-1f1b}, or that of a CSV file. */
    String name();

    /** Which rank holds which stage, and which rank works on which micro-batch of a batch. */
    Placement placement();

    /** Optimizer steps that every stage has made after so many whole batches and no more. */
    long optimizerSteps(long batches);

    /** What the stream of a {@link Streamed} order is like; empty for an order that flushes. */
    default Optional<StreamSpec> stream() {
        return switch (this) {
            case Flushed _ -> Optional.empty();
            case Streamed streamed -> Optional.of(streamed.spec());
        };
    }

    /**
     * The stages that hold something between the forward and the backward of a micro-batch, so that recomputation would save
     * memory ({@link Recomputation}).
     */
    default SortedSet<Integer> holding() {
        return switch (this) {
            case Flushed(Schedule schedule) -> Recomputation.worthwhile(schedule);
            case Streamed _ ->
                new TreeSet<>(IntStream.range(0, stages()).boxed().toList());
        };
    }

    /** Number of ranks. */
    default int ranks() {
        return placement().ranks();
    }

    /** Number of stages of the line. */
    default int stages() {
        return placement().stages();
    }

    /** Number of micro-batches that a batch is cut into. */
    default int microBatches() {
        return placement().microBatches();
    }
}
