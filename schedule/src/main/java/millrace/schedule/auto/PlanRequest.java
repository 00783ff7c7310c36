package millrace.schedule.auto;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What a plan is looked for.
 *
 * @param ranks that train, all copies of the line together
 * @param replicas numbers of copies of the line that may be taken; those that divide the ranks are
 * @param batch samples of an optimizer step
 * @param memoryLimit bytes that a rank may hold; infinite for no limit
 * @param schedules names of those that may be taken
 * @param cuts layers before which the line may be cut; the first layer need not be among them
 * @param recomputation how stages do that do not fit otherwise
 * @param byLayer whether single layers of a stage may recompute; else all do or none
 * @param synchronizedStep whether no rank steps before all have finished, as clipping by the norm of the whole gradient needs it
 * @param leastSamples of a micro-batch: of smaller ones nobody knows what they take
 * @param top plans that are wanted, the best of a schedule with a number of micro-batches and chunks each
 */
public record PlanRequest(
        int ranks,
        List<Integer> replicas,
        int batch,
        double memoryLimit,
        List<String> schedules,
        SortedSet<Integer> cuts,
        Recomputing recomputation,
        boolean byLayer,
        boolean synchronizedStep,
        int leastSamples,
        int top) {
    /** How a stage recomputes that does. */
    public enum Recomputing {
        /** No stage does. */
        NEVER,
        /** As a part of the backward, once the error delta has come. */
        AT_BACKWARD,
        /** As an action of its own, R, while the rank would wait for the delta. */
        APART
    }

    /** With one copy of the line, of which stages recompute as a whole. */
    public PlanRequest(
            int ranks,
            int batch,
            double memoryLimit,
            List<String> schedules,
            SortedSet<Integer> cuts,
            Recomputing recomputation,
            boolean synchronizedStep,
            int leastSamples,
            int top) {
        this(
                ranks,
                List.of(1),
                batch,
                memoryLimit,
                schedules,
                cuts,
                recomputation,
                false,
                synchronizedStep,
                leastSamples,
                top);
    }

    public PlanRequest {
        if (replicas.isEmpty() || replicas.stream().anyMatch(copies -> copies < 1)) {
            throw new IllegalArgumentException(
                    "replicas: " + replicas + " (expected: one or more numbers of copies, 1 or more each)");
        }
        replicas = List.copyOf(new TreeSet<>(replicas));
        if (ranks < 1 || batch < 1 || top < 1) {
            throw new IllegalArgumentException(
                    "ranks: " + ranks + ", batch: " + batch + ", plans: " + top + " (expected: 1 or more of each)");
        }
        if (!(memoryLimit > 0)) {
            throw new IllegalArgumentException("memory: " + memoryLimit + " bytes (expected: above 0)");
        }
        if (schedules.isEmpty()) {
            throw new IllegalArgumentException("schedules: none (expected: one or more names)");
        }
        schedules = List.copyOf(schedules);
        cuts = new TreeSet<>(cuts);
    }

    /** Every layer may begin a stage. */
    public static SortedSet<Integer> anywhere(int layers) {
        return new TreeSet<>(IntStream.range(0, layers).boxed().toList());
    }
}
