package millrace.schedule.plan;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Beginnings of orders, of which those are forgotten that another one with the same work done is at least as good as in every
 * respect (Pareto). When it holds so many numbers it takes no more, and lets all pass.
 */
final class Undominated {
    private static final long MOST = 40_000_000;

    private final Map<IntBuffer, List<double[]>> known = new HashMap<>();
    private long size;

    /**
     * Whether none that is known is as good; then it is known from now on.
     *
     * @param counts what has been done; not to be changed any more
     * @param times of which smaller ones are better; of as many as others with these counts
     */
    boolean add(int[] counts, double[] times) {
        if (size >= MOST) {
            return true;
        }
        List<double[]> rivals = known.computeIfAbsent(IntBuffer.wrap(counts), _ -> new ArrayList<>());
        for (double[] rival : rivals) {
            if (nowhereGreater(rival, times)) {
                return false;
            }
        }
        int before = rivals.size();
        rivals.removeIf(rival -> nowhereGreater(times, rival));
        rivals.add(times);
        size += (long) (rivals.size() - before) * (times.length + counts.length);
        return true;
    }

    private static boolean nowhereGreater(double[] times, double[] than) {
        for (int i = 0; i < times.length; i++) {
            if (times[i] > than[i]) {
                return false;
            }
        }
        return true;
    }
}
