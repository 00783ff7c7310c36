package millrace.actors.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.actors.trace.RankTrace.Passage;
import millrace.actors.trace.RankTrace.Work;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline;

/** Recorded steps of all ranks as one timeline, in seconds from the first start. */
public final class RunTimeline {
    private RunTimeline() {}

    private record Key(long step, Action releases) {}

    /**
     * @param traces of the ranks, from rank 0 on
     * @param window which of the recorded steps
     */
    public static Timeline of(String title, List<RankTrace> traces, TraceWindow window) {
        long origin = traces.stream()
                .flatMap(trace -> trace.work().stream())
                .filter(work -> window.contains(work.step()))
                .mapToLong(Work::start)
                .min()
                .orElse(0);
        List<Timeline.Span> spans = new ArrayList<>();
        Map<Key, Timeline.Message> left = new HashMap<>();
        for (int rank = 0; rank < traces.size(); rank++) {
            for (Work work : traces.get(rank).work()) {
                if (window.contains(work.step())) {
                    spans.add(new Timeline.Span(
                            rank,
                            work.step(),
                            work.action(),
                            seconds(work.start(), origin),
                            seconds(work.end(), origin),
                            work.weights()));
                }
            }
            for (Passage passage : traces.get(rank).sent()) {
                double at = seconds(passage.at(), origin);
                left.put(
                        new Key(passage.step(), passage.releases()),
                        new Timeline.Message(rank, rank, passage.step(), passage.releases(), at, at));
            }
        }
        return new Timeline(title, "s", traces.size(), spans, messages(traces, window, origin, left));
    }

    private static List<Timeline.Message> messages(
            List<RankTrace> traces, TraceWindow window, long origin, Map<Key, Timeline.Message> left) {
        List<Timeline.Message> messages = new ArrayList<>();
        for (int rank = 0; rank < traces.size(); rank++) {
            for (Passage passage : traces.get(rank).received()) {
                Timeline.Message sent = left.get(new Key(passage.step(), passage.releases()));
                if (sent != null && window.contains(passage.step())) {
                    messages.add(new Timeline.Message(
                            sent.from(),
                            rank,
                            passage.step(),
                            passage.releases(),
                            sent.sent(),
                            seconds(passage.at(), origin)));
                }
            }
        }
        return messages;
    }

    private static double seconds(long at, long origin) {
        return (at - origin) / 1e9;
    }
}
