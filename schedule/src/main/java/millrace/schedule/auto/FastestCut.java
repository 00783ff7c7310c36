package millrace.schedule.auto;

import java.util.List;
import java.util.stream.IntStream;
import millrace.schedule.Generator;
import millrace.schedule.PipelineShape;
import millrace.schedule.auto.PlanRequest.Recomputing;

/** Where to cut a network for a schedule that is known, as are its micro-batches: the cheap part of the search of {@link Planner}. */
public final class FastestCut {
    private FastestCut() {}

    /**
     * The first layer of each stage. Where there are at most 500 ways to cut, all are simulated; else those that dynamic programs
     * propose, and from there moves of one cut as long as they help.
     *
     * @param profile of layers that may each begin a stage
     * @param generator of a schedule that does not depend on what stages take
     * @param shape of one copy of the line
     * @param replicas copies of it
     * @param batch samples, a multiple of the micro-batches of all copies
     * @param synchronizedStep whether no rank steps before all have finished
     * @param usual the first layer of each stage of a cut that is kept unless another one is faster
     * @throws IllegalArgumentException when the schedule does not exist for the shape, or the network has too few layers
     */
    public static List<Integer> of(
            NetworkProfile profile,
            Generator generator,
            PipelineShape shape,
            int replicas,
            int batch,
            boolean synchronizedStep,
            List<Integer> usual) {
        if (generator.isPlanned()) {
            throw new IllegalArgumentException("schedule: " + generator.name()
                    + " (expected: one whose order is the same wherever the network is cut)");
        }
        int layers = profile.layers().size();
        PlanRequest request = new PlanRequest(
                shape.ranks() * replicas,
                List.of(replicas),
                batch,
                Double.POSITIVE_INFINITY,
                List.of(generator.name()),
                PlanRequest.anywhere(layers),
                Recomputing.NEVER,
                false,
                synchronizedStep,
                1,
                1);
        int[] units = IntStream.rangeClosed(0, layers).toArray();
        Trial trial = new Trial(profile, request, generator, shape, replicas, units);
        boolean _ = trial.consider(usual.stream().mapToInt(Integer::intValue).toArray());
        trial.propose(() -> false);
        boolean _ = trial.refine(() -> false);
        Plan found = trial.plan();
        return found == null ? usual : found.starts();
    }
}
