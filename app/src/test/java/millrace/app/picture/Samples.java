package millrace.app.picture;

import java.util.List;
import java.util.stream.IntStream;
import millrace.schedule.Action;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Message;
import millrace.schedule.timeline.Timeline.Span;

/** Timelines small enough to check by eye. */
final class Samples {
    private Samples() {}

    /** 1f1b with two ranks and micro-batches; F takes 1, B 2, a hop 0.5. */
    static Timeline small(String unit) {
        return new Timeline(
                "1f1b <small> & \"quick\"",
                unit,
                2,
                List.of(
                        span(0, "0F0", 0, 1),
                        span(0, "0F1", 1, 2),
                        span(0, "0B0", 5, 7),
                        span(0, "0B1", 8, 10),
                        span(1, "1F0", 1.5, 2.5),
                        span(1, "1B0", 2.5, 4.5),
                        span(1, "1F1", 4.5, 5.5),
                        span(1, "1B1", 5.5, 7.5)),
                List.of(
                        message(0, 1, "1F0", 1, 1.5),
                        message(0, 1, "1F1", 2, 2.5),
                        message(1, 0, "0I0", 4.5, 5),
                        message(1, 0, "0I1", 7.5, 8)));
    }

    /** Two stages on each of two ranks, the second pair the other way round; one micro-batch, B split. */
    static Timeline twoChunks() {
        return new Timeline(
                "zbv",
                "",
                2,
                List.of(
                        span(0, "0F0", 0, 1),
                        span(0, "3F0", 3, 4),
                        span(0, "3I0", 4, 5),
                        span(0, "3W0", 5, 6),
                        span(0, "0I0", 7, 8),
                        span(0, "0W0", 8, 9),
                        span(1, "1F0", 1, 2),
                        span(1, "2F0", 2, 3),
                        span(1, "2I0", 5, 6),
                        span(1, "1I0", 6, 7),
                        span(1, "2W0", 7, 8),
                        span(1, "1W0", 8, 9)),
                List.of(
                        message(0, 1, "1F0", 1, 1),
                        message(1, 0, "3F0", 3, 3),
                        message(0, 1, "2I0", 5, 5),
                        message(1, 0, "0I0", 7, 7)));
    }

    /** Many spans on one rank. */
    static Timeline ofSpans(int spans) {
        List<Span> all = IntStream.range(0, spans)
                .mapToObj(i -> new Span(0, 0, Action.forward(0, i), i, i + 1))
                .toList();
        return new Timeline("many", "", 1, all, List.of());
    }

    static Span span(int rank, String action, double start, double end) {
        return new Span(rank, 7, Action.parse(action), start, end);
    }

    static Message message(int from, int to, String releases, double sent, double received) {
        return new Message(from, to, 7, Action.parse(releases), sent, received);
    }
}
