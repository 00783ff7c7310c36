package millrace.app.picture;

import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import millrace.app.output.json.JsonLine;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Exchange;
import millrace.schedule.timeline.Timeline.Message;
import millrace.schedule.timeline.Timeline.Span;

/**
 * Writes timelines in the Trace Event Format, for ui.perfetto.dev and chrome://tracing: a process a timeline, a thread
 * a rank, a complete event a span, and a flow a message.
 *
 * <p>A flow's two ends have the same category, name and id, and each is bound to the slice that is open at its time.
 * Therefore they lie well inside the slices: at a slice's edge the one before or after would do as well.
 */
public final class ChromeTrace {
    // a thread that has its process's number is taken for its main thread and shown first
    private static final int THREADS = 10_000;

    private final Writer out;
    private boolean first = true;
    private long flows;

    private ChromeTrace(Writer out) {
        this.out = out;
    }

    /**
     * Writes a whole trace, event by event. Times without unit are taken for milliseconds.
     *
     * @throws IllegalArgumentException when a unit is none of s, ms, us, ns
     */
    public static void write(List<Timeline> timelines, Writer out) throws IOException {
        for (Timeline timeline : timelines) {
            nanosIn(timeline.unit());
        }
        out.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
        ChromeTrace trace = new ChromeTrace(out);
        for (int i = 0; i < timelines.size(); i++) {
            trace.timeline(i + 1, timelines.get(i));
        }
        out.write("\n]}\n");
        out.flush();
    }

    private static double nanosIn(String unit) {
        return switch (unit) {
            case "s" -> 1e9;
            case "", "ms" -> 1e6;
            case "us", "µs" -> 1e3;
            case "ns" -> 1;
            default ->
                throw new IllegalArgumentException(
                        "unit of a timeline: " + unit + " (expected: s, ms, us, ns, or none)");
        };
    }

    private void timeline(int process, Timeline timeline) throws IOException {
        metadata("process_name", process, 0, Map.of("name", timeline.title()));
        metadata("process_sort_index", process, 0, Map.of("sort_index", process));
        for (int rank = 0; rank < timeline.ranks(); rank++) {
            int thread = thread(process, rank);
            metadata("thread_name", process, thread, Map.of("name", "rank " + rank));
            metadata("thread_sort_index", process, thread, Map.of("sort_index", rank));
        }
        double nanos = nanosIn(timeline.unit());
        for (Span span : timeline.spans()) {
            span(process, span, nanos);
        }
        for (Exchange exchange : timeline.exchanges()) {
            exchange(process, timeline.ranks(), exchange, nanos);
        }
        Flows found = new Flows(timeline);
        for (Message message : timeline.messages()) {
            Optional<Flows.Flow> flow = found.of(message);
            if (flow.isPresent()) {
                flow(process, flow.get(), nanos);
            }
        }
    }

    private static int thread(int process, int rank) {
        return process * THREADS + rank;
    }

    private void metadata(String name, int process, int thread, Map<String, ?> args) throws IOException {
        write(event(name, "M", process, thread).put("args", args));
    }

    private void span(int process, Span span, double nanos) throws IOException {
        Slice slice = Slice.of(span, nanos);
        Action action = span.action();
        JsonLine args = new JsonLine()
                .put("stage", action.stage())
                .put("micro_batch", action.microBatch())
                .put("batch", span.batch());
        if (span.weights() != null) {
            args.put("weight_version", span.weights().version())
                    .put("staleness", span.weights().staleness());
        }
        write(event(action.toString(), "X", process, thread(process, span.rank()))
                .put("cat", action.kind().name())
                .put("ts", micros(slice.start()))
                .put("dur", micros(slice.end() - slice.start()))
                .put("cname", colour(action.kind()))
                .put("args", args));
    }

    /** On a thread of its own, because it overlaps what the rank computes. */
    private void exchange(int process, int ranks, Exchange exchange, double nanos) throws IOException {
        int thread = thread(process, ranks + exchange.rank());
        metadata("thread_name", process, thread, Map.of("name", "rank " + exchange.rank() + ", exchange"));
        metadata("thread_sort_index", process, thread, Map.of("sort_index", ranks + exchange.rank()));
        long start = Math.round(exchange.start() * nanos);
        long end = Math.round(exchange.end() * nanos);
        write(event("stage " + exchange.stage() + " between replicas", "X", process, thread)
                .put("cat", "exchange")
                .put("ts", micros(start))
                .put("dur", micros(end - start)));
    }

    private void flow(int process, Flows.Flow flow, double nanos) throws IOException {
        Message message = flow.message();
        Slice from = Slice.of(flow.from(), nanos);
        Slice to = Slice.of(flow.to(), nanos);
        long start = from.inside(Math.round(message.sent() * nanos));
        long end = to.inside(Math.round(message.received() * nanos));
        if (start >= end) {
            // clocks of two machines disagree; viewers drop an arrow into the past
            start = from.inside(from.start());
            end = to.inside(to.end());
        }
        flows++;
        String name = message.releases().kind() == Kind.F ? "activation" : "error delta";
        write(event(name, "s", process, thread(process, message.from()))
                .put("cat", "message")
                .put("id", flows)
                .put("ts", micros(start)));
        write(event(name, "f", process, thread(process, message.to()))
                .put("cat", "message")
                .put("id", flows)
                .put("ts", micros(end))
                .put("bp", "e"));
    }

    private static JsonLine event(String name, String phase, int process, int thread) {
        return new JsonLine()
                .put("name", name)
                .put("ph", phase)
                .put("pid", process)
                .put("tid", thread);
    }

    private void write(JsonLine event) throws IOException {
        out.write(first ? "\n" : ",\n");
        out.write(event.toString());
        first = false;
    }

    private static BigDecimal micros(long nanos) {
        return BigDecimal.valueOf(nanos, 3);
    }

    /** One of the few colours that chrome://tracing knows by name; Perfetto chooses its own, a colour a kind. */
    private static String colour(Kind kind) {
        return switch (kind) {
            case F -> "rail_response";
            case B -> "rail_idle";
            case I -> "terrible";
            case W -> "rail_load";
            case R -> "rail_animation";
        };
    }

    /** A span in whole nanoseconds, so that neighbours meet and never overlap. */
    private record Slice(long start, long end) {
        static Slice of(Span span, double nanos) {
            return new Slice(Math.round(span.start() * nanos), Math.round(span.end() * nanos));
        }

        /** The time nearest to the given one that is well within the slice. */
        long inside(long time) {
            long margin = (end - start + 7) / 8;
            return end - start < 2 ? start : Math.clamp(time, start + margin, end - margin);
        }
    }
}
