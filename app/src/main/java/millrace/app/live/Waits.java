package millrace.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import millrace.actors.trace.FlightRecord.Doing;
import millrace.actors.trace.FlightRecord.Span;
import millrace.app.live.LineHistory.Made;
import millrace.app.live.LineHistory.Row;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Dependencies;

/** Why ranks of a running line did nothing for a while. */
final class Waits {
    /** Shorter ones are between two pieces of work. */
    private static final long SHORTEST = 20_000;

    /** Why. */
    enum Cause {
        /** Another rank was still to make a result. */
        DEPENDENCY,
        /** The result was made, and on its way. */
        COMMUNICATION,
        /** A batch was over: other ranks or the trainer were waited for. */
        BATCH,
        /** Everything was here: no core was free, or other messages came first. */
        HOST;

        /** As it is told. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A rank did nothing.
     *
     * @param before the action that came after it, or what else did
     * @param waitsFor the action whose result that needed; empty where it needed none of another stage
     * @param by the rank that made it; -1 where that is not known
     */
    record Wait(int rank, long start, long end, Cause cause, String before, Optional<Action> waitsFor, int by) {}

    private final LineHistory history;
    private final int stages;
    private final List<Wait> waits = new ArrayList<>();

    private Waits(LineHistory history, int stages) {
        this.history = history;
        this.stages = stages;
    }

    /** Those before actions that ended after one time and not after another, rank by rank. */
    static List<Wait> between(LineHistory history, int stages, long after, long until) {
        Waits waits = new Waits(history, stages);
        history.rows().forEach((rank, row) -> waits.look(rank, row, after, until));
        return waits.waits;
    }

    private void look(int rank, Row row, long after, long until) {
        Span last = null;
        for (Span span : row.spans) {
            // with the action that ends it: nobody knows of that before it is over
            boolean asked = span.end() - after > 0 && span.end() - until <= 0;
            if (last != null && asked && span.start() - last.end() > SHORTEST) {
                wait(rank, last, span);
            }
            last = span;
        }
    }

    private void wait(int rank, Span last, Span next) {
        long from = last.end();
        long until = next.start();
        Action action = next.action();
        if (action == null) {
            Cause cause = next.doing() == Doing.EVALUATION ? Cause.HOST : Cause.BATCH;
            add(new Wait(rank, from, until, cause, name(next), Optional.empty(), -1));
            return;
        }
        if (!Dependencies.needsArrival(action, stages)) {
            // the first stage at the beginning of a batch waits until it may go on
            Cause cause = next.step() != last.step() ? Cause.BATCH : Cause.HOST;
            add(new Wait(rank, from, until, cause, name(next), Optional.empty(), -1));
            return;
        }
        Action source = source(action);
        Optional<Action> needed = Optional.of(source);
        Made made = history.made(rank, next.step(), action, source);
        Long came = history.arrived(rank, next.step(), action);
        int by = made == null ? -1 : made.rank();
        long done = within(made == null ? from : made.end(), from, until);
        long here = within(came == null ? done : came, done, until);
        add(new Wait(rank, from, done, Cause.DEPENDENCY, name(next), needed, by));
        add(new Wait(rank, done, here, Cause.COMMUNICATION, name(next), needed, by));
        add(new Wait(rank, here, until, Cause.HOST, name(next), needed, by));
    }

    private static long within(long time, long from, long until) {
        return time - from < 0 ? from : time - until > 0 ? until : time;
    }

    private void add(Wait wait) {
        if (wait.end() - wait.start() > SHORTEST) {
            waits.add(wait);
        }
    }

    /** Whose result an action needs. */
    private static Action source(Action action) {
        return action.kind() == Kind.F
                ? Action.forward(action.stage() - 1, action.microBatch())
                : Action.backwardInput(action.stage() + 1, action.microBatch());
    }

    /** What a span is called. */
    static String name(Span span) {
        Action action = span.action();
        return action == null ? span.doing().name().toLowerCase(Locale.ROOT) : action.toString();
    }
}
