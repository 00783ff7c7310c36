package millrace.schedule.simulate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Dependencies;
import millrace.schedule.Schedule;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Message;
import millrace.schedule.timeline.Timeline.Span;

/** Why ranks wait in a simulated batch: every time between the batch's beginning and its end in which a rank does not compute. */
public final class Bubbles {
    // times are sums of costs, which may differ in their last digits
    private static final double NOTHING = 1e-9;

    /** Why a rank waits. */
    public enum Cause {
        /** Nothing has come to it yet: the line fills. */
        FILL,
        /** It has done all of its batch: the line drains. */
        DRAIN,
        /** What it does next needs a result that another rank is still to make, and nothing else could be done. */
        DEPENDENCY,
        /** That result has been made, and is on its way. */
        COMMUNICATION,
        /**
         * The same as for a dependency, but there is something that the rank could do: its order holds that back, as orders do that keep
         * few micro-batches in memory.
         */
        HELD_BACK
    }

    /**
     * A time in which a rank waits.
     *
     * @param waitsFor the action, of whatever rank, whose result the rank's next action needs; empty where the next action needs none,
     *     and at the end
     */
    public record Bubble(int rank, double start, double end, Cause cause, Optional<Action> waitsFor) {}

    private final Schedule schedule;
    private final double end;
    private final Map<Action, Span> spans = new HashMap<>();
    private final Map<Action, Double> arrivals = new HashMap<>();
    private final List<Bubble> bubbles = new ArrayList<>();

    private Bubbles(Simulation simulation) {
        this.schedule = simulation.schedule();
        this.end = simulation.computed();
        Timeline timeline = simulation.timeline(schedule.name(), "");
        for (Span span : timeline.spans()) {
            spans.put(asReleased(span.action()), span);
        }
        for (Message message : timeline.messages()) {
            arrivals.put(message.releases(), message.received());
        }
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            int row = rank;
            look(
                    rank,
                    timeline.spans().stream()
                            .filter(span -> span.rank() == row)
                            .sorted(Comparator.comparingDouble(Span::start).thenComparingDouble(Span::end))
                            .toList());
        }
    }

    /** All of them, rank by rank and in the order of time. */
    public static List<Bubble> of(Simulation simulation) {
        return List.copyOf(new Bubbles(simulation).bubbles);
    }

    /** Others wait for a full backward as they do for a backward-input. */
    private static Action asReleased(Action action) {
        return action.kind() == Kind.B ? Action.backwardInput(action.stage(), action.microBatch()) : action;
    }

    private void look(int rank, List<Span> row) {
        double now = 0;
        Set<Action> left = new HashSet<>();
        row.forEach(span -> left.add(span.action()));
        for (int i = 0; i < row.size(); i++) {
            Span span = row.get(i);
            if (span.start() - now > NOTHING) {
                if (i == 0) {
                    add(rank, now, span.start(), Cause.FILL, source(span.action()));
                } else {
                    wait(rank, now, awaited(row, i), span.start(), left);
                }
            }
            left.remove(span.action());
            now = Math.max(now, span.end());
        }
        if (end - now > NOTHING) {
            add(rank, now, end, Cause.DRAIN, Optional.empty());
        }
    }

    /** Of a fused pair the one that was waited for may be the second. */
    private Action awaited(List<Span> row, int i) {
        Span first = row.get(i);
        boolean late = arrival(first.action()) >= first.start() - NOTHING;
        return late || i + 1 == row.size() ? first.action() : row.get(i + 1).action();
    }

    private void wait(int rank, double from, Action next, double until, Set<Action> left) {
        Optional<Action> source = source(next);
        double made = source.map(spans::get)
                .map(Span::end)
                .map(time -> Math.clamp(time, from, until))
                .orElse(from);
        if (made - from > NOTHING) {
            add(rank, from, made, couldWork(from, next, left) ? Cause.HELD_BACK : Cause.DEPENDENCY, source);
        }
        if (until - made > NOTHING) {
            add(rank, made, until, Cause.COMMUNICATION, source);
        }
    }

    /** Whether something else that is left to the rank has all that it needs at a time. */
    private boolean couldWork(double time, Action next, Set<Action> left) {
        return left.stream()
                .filter(action -> !action.equals(next))
                .anyMatch(action -> arrival(action) <= time + NOTHING && ownForwardIsDone(action, left));
    }

    private static boolean ownForwardIsDone(Action action, Set<Action> left) {
        Action forward = Action.forward(action.stage(), action.microBatch());
        Action input = Action.backwardInput(action.stage(), action.microBatch());
        return switch (action.kind()) {
            case F -> true;
            case B, I, R -> !left.contains(forward);
            case W -> !left.contains(forward) && !left.contains(input);
        };
    }

    /** When an action has what it needs of another stage; 0 where it needs nothing. */
    private double arrival(Action action) {
        if (!Dependencies.needsArrival(action, schedule.stages())) {
            return 0;
        }
        Double arrived = arrivals.get(asReleased(action));
        if (arrived != null) {
            return arrived;
        }
        // from a stage on the same rank
        return source(action).map(spans::get).map(Span::end).orElse(0.0);
    }

    /** Whose result an action needs. */
    private Optional<Action> source(Action action) {
        if (!Dependencies.needsArrival(action, schedule.stages())) {
            return Optional.empty();
        }
        return Optional.of(
                action.kind() == Kind.F
                        ? Action.forward(action.stage() - 1, action.microBatch())
                        : Action.backwardInput(action.stage() + 1, action.microBatch()));
    }

    private void add(int rank, double from, double until, Cause cause, Optional<Action> waitsFor) {
        bubbles.add(new Bubble(rank, from, until, cause, waitsFor));
    }
}
