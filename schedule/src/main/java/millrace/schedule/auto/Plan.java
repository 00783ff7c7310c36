package millrace.schedule.auto;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import millrace.schedule.PipelineShape;

/**
 * A way to train a network, and what the simulator says about it.
 *
 * @param schedule its name
 * @param shape ranks, stages a rank, micro-batches
 * @param starts the first layer of each stage
 * @param recomputed stages that do their forwards twice
 * @param period seconds from one batch to the next
 * @param busiest seconds of a batch in which the rank computes that has most to do, its step included
 * @param memory bytes of each rank: weights, gradients, optimizer state, what is held of micro-batches
 * @param bound seconds that this schedule cannot be faster than with these stages
 */
public record Plan(
        String schedule,
        PipelineShape shape,
        List<Integer> starts,
        SortedSet<Integer> recomputed,
        double period,
        double busiest,
        List<Double> memory,
        double bound) {
    /** The faster one first; of equally fast ones that which needs less memory. */
    static final Comparator<Plan> BEST_FIRST =
            Comparator.comparingDouble((Plan plan) -> plan.period()).thenComparingDouble(Plan::mostMemory);

    public Plan {
        starts = List.copyOf(starts);
        recomputed = Collections.unmodifiableSortedSet(new TreeSet<>(recomputed));
        memory = List.copyOf(memory);
    }

    /** Idle share of the busiest rank. */
    public double bubble() {
        return period > 0 ? Math.max(0, 1 - busiest / period) : 0;
    }

    /** Bytes of the rank that needs most. */
    public double mostMemory() {
        return memory.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }
}
