package millrace.app.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import millrace.actors.observe.LineObserver;
import millrace.actors.plan.RunPlan;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Levels;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.FlightRecord.Totals;
import millrace.app.live.LineHistory.Row;
import millrace.app.output.json.JsonLine;
import millrace.app.ui.LiveLine;
import millrace.schedule.order.Order;
import org.jspecify.annotations.Nullable;

/**
 * What the ranks of a run do, as the page draws it. It looks at them only when it is asked, and not more often than ten times a second, however
 * many ask.
 */
public final class LivePipeline implements LiveLine {
    private static final long APART = TimeUnit.MILLISECONDS.toNanos(100);
    /** So late everything is told: what other nodes have done until then is known. */
    private static final long LATE = TimeUnit.MILLISECONDS.toNanos(150);

    private static final Duration OVERLAP = Duration.ofMillis(500);

    private final Order order;
    private final LineObserver observer;
    private final LineHistory history;
    private final BatchView batches;
    // so early that no time that is told is below 0
    private final long origin = System.nanoTime() - 2 * LineHistory.KEPT;
    private long lookedAt = origin + LineHistory.KEPT;
    private long nextLook = System.nanoTime();

    /** Of a run. */
    public LivePipeline(RunPlan plan, LineObserver observer) {
        this.order = plan.order();
        this.observer = observer;
        this.history = new LineHistory(order.placement());
        this.batches = new BatchView(plan, history);
    }

    @Override
    public synchronized JsonLine seen(double after) {
        long now = System.nanoTime();
        if (now - nextLook >= 0) {
            long back = Math.min(LineHistory.KEPT, now - lookedAt + OVERLAP.toNanos());
            history.take(observer.look(Duration.ofNanos(back)));
            lookedAt = now;
            // a node that is silent is waited for: others who ask meanwhile have the same answer
            nextLook = System.nanoTime() + APART;
        }
        long from = after > 0 ? origin + Math.round(after * 1e9) : now - LineHistory.KEPT;
        long until = Math.max(from, lookedAt - LATE);
        return new JsonLine()
                .put("until", seconds(until))
                .put("schedule", order.name())
                .put("ranks", ranks(until))
                .put("spans", spans(from, until))
                .put(
                        "waits",
                        Waits.between(history, order.stages(), from, until).stream()
                                .map(this::wait)
                                .toList())
                .put("retransmissions", history.retransmissions());
    }

    @Override
    public synchronized Optional<JsonLine> batch() {
        return batches.newest();
    }

    private double seconds(long at) {
        return Math.round((at - origin) / 1e3) / 1e6;
    }

    private List<JsonLine> ranks(long until) {
        List<JsonLine> lines = new ArrayList<>();
        Map<Integer, Map<Waits.Cause, Long>> waits = new HashMap<>();
        for (Waits.Wait wait : Waits.between(history, order.stages(), until - LineHistory.KEPT, until)) {
            waits.computeIfAbsent(wait.rank(), _ -> new EnumMap<>(Waits.Cause.class))
                    .merge(wait.cause(), wait.end() - wait.start(), Long::sum);
        }
        history.rows().forEach((rank, row) -> {
            FlightRecord record = row.newest.record();
            Totals totals = record.totals();
            Levels levels = record.levels();
            List<JsonLine> sent = new ArrayList<>();
            new TreeMap<>(totals.sent())
                    .forEach((to, traffic) -> sent.add(new JsonLine()
                            .put("to", to)
                            .put("messages", traffic.messages())
                            .put("bytes", traffic.bytes())));
            lines.add(new JsonLine()
                    .put("rank", rank)
                    .put("node", row.newest.node())
                    .put("stages", order.placement().stagesOf(rank))
                    .put("run_epoch", record.runEpoch())
                    .put("steps", totals.steps())
                    .put("busy", busy(row, until))
                    .put("waits", waits(row, waits.get(rank), until))
                    .put("held_bytes", levels.heldBytes())
                    .put("allocated_bytes", levels.allocatedBytes())
                    .put("waiting", levels.waiting())
                    .put("versions", levels.versions())
                    .put("most_stale", levels.mostStale())
                    .put("mean_stale", levels.meanStale())
                    .put("sent", sent));
        });
        return lines;
    }

    /** The share of what is kept of a rank in which it was at work; null where nothing is. */
    private static @Nullable Double busy(Row row, long until) {
        if (row.spans.isEmpty()) {
            return null;
        }
        long work = 0;
        for (Span span : row.spans) {
            work += span.end() - span.start();
        }
        return share(work, row, until);
    }

    /** The shares in which it waited, by their causes. */
    private static JsonLine waits(Row row, @Nullable Map<Waits.Cause, Long> times, long until) {
        JsonLine shares = new JsonLine();
        for (Waits.Cause cause : Waits.Cause.values()) {
            Long time = times == null ? null : times.get(cause);
            shares.put(cause.word(), row.spans.isEmpty() ? null : share(time == null ? 0 : time, row, until));
        }
        return shares;
    }

    private static double share(long time, Row row, long until) {
        long end = row.spans.getLast().end();
        long whole = (end - until > 0 ? end : until) - row.spans.getFirst().start();
        return whole <= 0 ? 0 : Math.min(1.0, (double) time / whole);
    }

    private List<List<Object>> spans(long from, long until) {
        List<List<Object>> spans = new ArrayList<>();
        history.rows().forEach((rank, row) -> {
            for (Span span : row.spans) {
                if (span.end() - from > 0 && span.end() - until <= 0) {
                    spans.add(List.of(
                            rank,
                            Waits.name(span),
                            span.step(),
                            seconds(span.start()),
                            seconds(span.end()),
                            span.held(),
                            span.weights() == null ? -1 : span.weights().staleness()));
                }
            }
        });
        return spans;
    }

    private List<Object> wait(Waits.Wait wait) {
        return List.of(
                wait.rank(),
                wait.cause().word(),
                seconds(wait.start()),
                seconds(wait.end()),
                wait.before(),
                wait.waitsFor().map(Object::toString).orElse(""),
                wait.by());
    }
}
