package millrace.schedule.auto;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.IntStream;
import millrace.schedule.AscendingGradients;
import millrace.schedule.Costs;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.Recomputation;
import millrace.schedule.Replication;
import millrace.schedule.Schedule;
import millrace.schedule.Validator;

/**
 * The order of all copies of a line in which nothing recomputes, as it is executed, and what a search asks of it again and again.
 *
 * @param holding stages that hold something for a while
 * @param inFlight for each stage the most micro-batches that one of its ranks holds
 * @param by what the order was planned from; empty where it does not depend on costs, or was planned for F, I and W of equal
 *     length
 */
record Ordered(Schedule schedule, SortedSet<Integer> holding, List<Integer> inFlight, Optional<Costs> by) {
    /**
     * The order that a generator makes.
     *
     * @throws IllegalArgumentException when there is none for the shape
     */
    static Ordered of(Generator generator, PipelineShape shape, int replicas, Optional<Costs> by) {
        Schedule line = generator.generate(shape, by.orElseGet(() -> Costs.unit(shape)));
        Schedule all = AscendingGradients.of(Validator.checked(Replication.of(line, replicas)));
        return new Ordered(
                all,
                Recomputation.worthwhile(all),
                IntStream.range(0, all.stages()).map(all::peakInFlight).boxed().toList(),
                by);
    }

    /** The most micro-batches that a stage holds. */
    int mostInFlight() {
        return inFlight.stream().mapToInt(Integer::intValue).max().orElse(1);
    }

    /** Copies of the line that a batch goes through, its schedule's own included. */
    int copies() {
        return schedule.placement().replicas().size();
    }
}
