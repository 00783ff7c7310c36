package millrace.app.picture;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Span;

/**
 * What a picture needs to know of a whole timeline.
 *
 * @param makespan the end of the last span
 * @param idle the share of all ranks' time in which nothing is computed
 * @param chunks for each stage that occurs its place among its rank's stages
 * @param mostChunks the most stages that a rank computes
 */
record Summary(double makespan, double idle, Map<Integer, Integer> chunks, int mostChunks) {
    static Summary of(Timeline timeline) {
        double makespan = timeline.makespan();
        double busy = timeline.spans().stream()
                .mapToDouble(span -> span.end() - span.start())
                .sum();
        Map<Integer, TreeSet<Integer>> stagesOf = new TreeMap<>();
        for (Span span : timeline.spans()) {
            stagesOf.computeIfAbsent(span.rank(), _ -> new TreeSet<>())
                    .add(span.action().stage());
        }
        Map<Integer, Integer> chunks = new TreeMap<>();
        int most = 1;
        for (TreeSet<Integer> stages : stagesOf.values()) {
            most = Math.max(most, stages.size());
            for (int stage : stages) {
                chunks.put(stage, stages.headSet(stage).size());
            }
        }
        return new Summary(makespan, makespan > 0 ? 1 - busy / (timeline.ranks() * makespan) : 0, chunks, most);
    }

    /** {@code makespan 33 ms, idle 27.3 %}. */
    String words(String unit) {
        return String.format(
                Locale.ROOT,
                "makespan %s%s, idle %.1f %%",
                Ticks.brief(makespan),
                unit.isEmpty() ? "" : " " + unit,
                100 * idle);
    }

    /** What an axis says. */
    static String axis(String unit) {
        return unit.isEmpty() ? "time" : "time (" + unit + ")";
    }
}
