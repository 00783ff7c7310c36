package millrace.schedule.simulate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Schedule;
import millrace.schedule.Sequencer;
import millrace.schedule.timeline.Timeline;
import org.jspecify.annotations.Nullable;

/** Walks back from the last end: each action waited for its input or for its rank, whichever came later. */
final class CriticalPath {
    private final Schedule schedule;
    private final List<Sequencer> orders;
    private final double[][] starts;
    private final double[][] ends;
    private final Arrivals arrivals;
    private final Map<Integer, Map<Action, Integer>> positions = new HashMap<>();

    CriticalPath(Schedule schedule, List<Sequencer> orders, double[][] starts, double[][] ends, Arrivals arrivals) {
        this.schedule = schedule;
        this.orders = orders;
        this.starts = starts;
        this.ends = ends;
        this.arrivals = arrivals;
    }

    List<Timeline.Span> spans() {
        Deque<Timeline.Span> path = new ArrayDeque<>();
        int rank = 0;
        for (int other = 1; other < schedule.ranks(); other++) {
            rank = last(other) > last(rank) ? other : rank;
        }
        int position = ends[rank].length - 1;
        while (position >= 0) {
            Action action = orders.get(rank).action(position);
            double start = starts[rank][position];
            path.addFirst(new Timeline.Span(rank, 0, action, start, ends[rank][position]));
            boolean ownRank = position > 0 && ends[rank][position - 1] == start;
            if (ownRank) {
                position--;
                continue;
            }
            Action waited = orders.get(rank).fused(position) && arrivals.of(action) < start
                    ? orders.get(rank).action(position + 1)
                    : action;
            Action cause = cause(waited);
            if (cause == null) {
                break;
            }
            rank = schedule.rankOf(cause.stage(), cause.microBatch());
            position = positionOf(rank, cause);
            // the results of a fused pair leave at the end of the second
            position += orders.get(rank).fused(position) ? 1 : 0;
        }
        return List.copyOf(path);
    }

    private double last(int rank) {
        return ends[rank].length == 0 ? 0 : ends[rank][ends[rank].length - 1];
    }

    /** The action whose message the other waited for; null where there is none. */
    private static @Nullable Action cause(Action action) {
        return switch (action.kind()) {
            case F -> action.stage() == 0 ? null : Action.forward(action.stage() - 1, action.microBatch());
            case B, I -> Action.backwardInput(action.stage() + 1, action.microBatch());
            case W, R -> null;
        };
    }

    private int positionOf(int rank, Action action) {
        Integer position = positions.computeIfAbsent(rank, this::index).get(action);
        if (position == null) {
            throw new IllegalStateException(action + " is not on rank " + rank);
        }
        return position;
    }

    /** Positions by action; a full backward under the name of its backward-input, which is what others wait for. */
    private Map<Action, Integer> index(int rank) {
        Map<Action, Integer> index = new HashMap<>();
        Sequencer order = orders.get(rank);
        for (int position = 0; position < order.size(); position++) {
            Action action = order.action(position);
            index.put(
                    action.kind() == Kind.B ? Action.backwardInput(action.stage(), action.microBatch()) : action,
                    position);
        }
        return index;
    }
}
