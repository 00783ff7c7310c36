package millrace.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.app.output.json.JsonLine;
import millrace.app.study.Comparison;
import millrace.app.study.SimulationView;
import millrace.schedule.Schedule;
import millrace.schedule.order.Flushed;
import millrace.schedule.timeline.Timeline;

/** A batch of a running line as it was measured, and as it is simulated with the times that were. Made anew every four seconds at most. */
final class BatchView {
    private static final long APART = TimeUnit.SECONDS.toNanos(4);
    private static final int MOST_STEPS = 16;

    private final RunPlan plan;
    private final LineHistory history;
    private long madeAt = System.nanoTime() - APART;
    private Optional<JsonLine> made = Optional.empty();

    BatchView(RunPlan plan, LineHistory history) {
        this.plan = plan;
        this.history = history;
    }

    /** The newest; empty where no whole batch was seen, or the run does not flush. */
    Optional<JsonLine> newest() {
        long now = System.nanoTime();
        if (now - madeAt >= APART && plan.order() instanceof Flushed(Schedule schedule)) {
            madeAt = now;
            List<Long> whole = new ArrayList<>(history.wholeSteps(schedule));
            if (!whole.isEmpty()) {
                made = Optional.of(of(schedule, whole));
            }
        }
        return made;
    }

    private JsonLine of(Schedule schedule, List<Long> whole) {
        // of the newest steps those without a gap between them
        int first = whole.size() - 1;
        while (first > 0 && whole.get(first - 1) == whole.get(first) - 1 && whole.size() - first < MOST_STEPS) {
            first--;
        }
        TraceWindow window = new TraceWindow(whole.get(first), whole.getLast() + 1);
        List<RankTrace> traces = history.traces(window);
        Comparison comparison = Comparison.of(plan, traces, List.of());
        Timeline measured = comparison.measuredTimeline();
        return new JsonLine()
                .put("steps", whole.size() - first)
                .put("step", measured.spans().getFirst().batch())
                .put("measured_s", comparison.measuredMakespan())
                .put("simulated_s", comparison.simulation().makespan())
                .put("error", comparison.error())
                .put("samples_per_s", comparison.samplesPerSecond())
                .put("measured_bubble", comparison.measuredBubble())
                .put("measured", spans(measured))
                .put("ranks", schedule.ranks())
                .put("simulated", SimulationView.of(comparison.simulation()));
    }

    private static List<JsonLine> spans(Timeline timeline) {
        return timeline.spans().stream()
                .map(span -> new JsonLine()
                        .put("rank", span.rank())
                        .put("action", span.action().toString())
                        .put("start", span.start())
                        .put("end", span.end()))
                .toList();
    }
}
