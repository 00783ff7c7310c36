package millrace.schedule.auto;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import millrace.schedule.Costs;
import millrace.schedule.PipelineShape;

/**
 * A way to train a network, and what the simulator says about it.
 *
 * @param schedule its name
 * @param shape of one copy of the line: ranks, stages a rank, micro-batches
 * @param replicas copies of the line, each on ranks of its own
 * @param starts the first layer of each stage
 * @param recomputed stages of which layers do their forwards twice
 * @param recomputedLayers layers that do, in all stages
 * @param costs what the stages take and hold
 * @param orderedBy what the order was planned from, of a schedule that is planned from costs; empty where it is the order for F, I
 *     and W of equal length
 * @param period seconds from one batch to the next
 * @param busiest seconds of a batch in which the rank computes that has most to do, its step included
 * @param memory what each rank holds at most
 * @param bound seconds that this schedule cannot be faster than with these stages
 */
public record Plan(
        String schedule,
        PipelineShape shape,
        int replicas,
        List<Integer> starts,
        SortedSet<Integer> recomputed,
        SortedSet<Integer> recomputedLayers,
        Costs costs,
        Optional<Costs> orderedBy,
        double period,
        double busiest,
        List<RankBytes> memory,
        double bound) {
    /** The faster one first; of equally fast ones that which needs less memory. */
    static final Comparator<Plan> BEST_FIRST =
            Comparator.comparingDouble((Plan plan) -> plan.period()).thenComparingDouble(Plan::mostMemory);

    public Plan {
        starts = List.copyOf(starts);
        recomputed = Collections.unmodifiableSortedSet(new TreeSet<>(recomputed));
        recomputedLayers = Collections.unmodifiableSortedSet(new TreeSet<>(recomputedLayers));
        memory = List.copyOf(memory);
    }

    /** Micro-batches of a batch, over all copies of the line. */
    public int microBatches() {
        return replicas * shape.microBatches();
    }

    /** Idle share of the busiest rank. */
    public double bubble() {
        return period > 0 ? Math.max(0, 1 - busiest / period) : 0;
    }

    /** Bytes of the rank that needs most. */
    public double mostMemory() {
        return memory.stream().mapToDouble(RankBytes::total).max().orElse(0);
    }
}
