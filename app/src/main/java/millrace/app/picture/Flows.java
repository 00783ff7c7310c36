package millrace.app.picture;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Message;
import millrace.schedule.timeline.Timeline.Span;

/** Finds the spans that a message comes from and goes to. */
final class Flows {
    /** What is computed, B and I being the same to whoever waits for the error delta. */
    private record Work(int rank, long batch, int stage, boolean forward, int microBatch) {
        static Work of(Span span) {
            Action action = span.action();
            return new Work(span.rank(), span.batch(), action.stage(), action.kind() == Kind.F, action.microBatch());
        }
    }

    /** A message with its sender's and its receiver's span. */
    record Flow(Message message, Span from, Span to) {}

    private final Map<Work, Span> spans = new HashMap<>();

    Flows(Timeline timeline) {
        for (Span span : timeline.spans()) {
            if (span.action().kind() != Kind.W && span.action().kind() != Kind.R) {
                spans.put(Work.of(span), span);
            }
        }
    }

    /** Empty when one of the spans is missing, as at the ends of a measurement. */
    Optional<Flow> of(Message message) {
        Action released = message.releases();
        boolean forward = released.kind() == Kind.F;
        int sender = released.stage() + (forward ? -1 : 1);
        Span from = spans.get(new Work(message.from(), message.batch(), sender, forward, released.microBatch()));
        Span to = spans.get(new Work(message.to(), message.batch(), released.stage(), forward, released.microBatch()));
        return from == null || to == null ? Optional.empty() : Optional.of(new Flow(message, from, to));
    }
}
