package millrace.actors.trace;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * Where one rank's time went while it made the steps of a {@link TraceWindow}: from the end of the step before the first one
 * to the end of the last one, both as this rank sees them. Without a flush a rank is by then ahead with forwards of the steps behind,
 * as it was at the beginning. The parts add up to the whole. Filled by the rank's actor.
 */
public final class RankTimes {
    /** What a rank spends its time on. */
    public enum Part {
        /** F; on the last stage with the loss. Evaluations beside the training are forwards too. */
        FORWARD,
        /** I, also as a part of B; the second forward of a stage that recomputes. */
        BACKWARD_INPUT,
        /** W, also as a part of B, and what of it was put off until the step. */
        BACKWARD_WEIGHT,
        /** The optimizer's step, and the gradient's norm where it is measured or clipped. */
        STEP,
        /** Messages taken and sent, and gradients shared with other ranks and added up. */
        EXCHANGE,
        /** Everything else: the rank has nothing to do, or no core to do it on. */
        WAIT
    }

    private static final int FIRST_ENDS = 1024;

    private final TraceWindow window;
    private final Map<Part, Long> nanos = new EnumMap<>(Part.class);
    private long[] ends = new long[FIRST_ENDS];
    private int count;
    private boolean open;

    RankTimes(TraceWindow window) {
        this.window = window;
    }

    /** So much time went there, if it is measured now. */
    void add(Part part, long time) {
        if (open) {
            nanos.merge(part, time, Long::sum);
        }
    }

    /**
     * The rank is through with a batch.
     *
     * @param batches made with this one
     */
    void batchDone(long batches, long at) {
        if (window.isOpen() && batches >= window.from() && batches <= window.until()) {
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, 2 * count);
            }
            ends[count++] = at;
            open = batches < window.until();
        }
    }

    /** Whether all of its steps are made; else there is nothing to tell. Steps from the very first on have no step before. */
    public boolean isComplete() {
        return window.isOpen() && count == window.until() - window.from() + 1;
    }

    /** Nanoseconds of the whole. */
    public long whole() {
        return isComplete() ? ends[count - 1] - ends[0] : 0;
    }

    /** Nanoseconds of each part. */
    public Map<Part, Long> parts() {
        Map<Part, Long> parts = new EnumMap<>(Part.class);
        long busy = 0;
        for (Part part : Part.values()) {
            long time = nanos.getOrDefault(part, 0L);
            parts.put(part, time);
            busy += time;
        }
        parts.put(Part.WAIT, whole() - busy);
        return parts;
    }

    /** The median time from one end of a step to the next, in nanoseconds. */
    public long medianStep() {
        return medianStep(Arrays.copyOf(ends, count));
    }

    /**
     * The same of any steps; 0 where there are fewer than two ends.
     *
     * @param ends in ascending order
     */
    public static long medianStep(long[] ends) {
        long[] steps = new long[Math.max(0, ends.length - 1)];
        Arrays.setAll(steps, i -> ends[i + 1] - ends[i]);
        Arrays.sort(steps);
        return steps.length == 0 ? 0 : steps[steps.length / 2];
    }
}
