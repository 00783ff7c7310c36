package millrace.app.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import millrace.actors.observe.Observation;
import millrace.actors.observe.Observation.ObservedRank;
import millrace.actors.trace.FlightRecord;
import millrace.actors.trace.FlightRecord.Passage;
import millrace.actors.trace.FlightRecord.Span;
import millrace.actors.trace.RankTrace;
import millrace.actors.trace.TraceWindow;
import millrace.schedule.Action;
import millrace.schedule.Action.Kind;
import millrace.schedule.Placement;
import millrace.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/** The last seconds of a line, gathered from {@link Observation}s that overlap. What is too old, or too much, is forgotten. One thread at a time. */
final class LineHistory {
    /** Nanoseconds that are kept. */
    static final long KEPT = 12_000_000_000L;

    private static final int MOST = 8192;

    private final Placement placement;
    private final NavigableMap<Integer, Row> rows = new TreeMap<>();
    private final Map<Released, Made> made = new HashMap<>();
    private final Map<Released, Long> arrived = new HashMap<>();
    private final Deque<Released> order = new ArrayDeque<>();
    private long retransmissions;
    private long runEpoch;

    /**
     * What lets an action be done.
     *
     * @param replica of the line
     * @param action a full backward is one for its input
     */
    private record Released(long epoch, int replica, long step, Action action) {}

    /** When and by which rank a result was made. */
    record Made(int rank, long end) {}

    /** Of one rank. */
    static final class Row {
        final List<Span> spans = new ArrayList<>();
        final List<Passage> passages = new ArrayList<>();
        // of before what is kept
        long before;
        ObservedRank newest;

        Row(ObservedRank first) {
            newest = first;
        }
    }

    LineHistory(Placement placement) {
        this.placement = placement;
    }

    /** What was seen now; what is known of it already is left out. */
    void take(Observation seen) {
        retransmissions = seen.retransmissions();
        for (ObservedRank rank : seen.ranks()) {
            runEpoch = Math.max(runEpoch, rank.record().runEpoch());
        }
        for (ObservedRank rank : seen.ranks()) {
            // a rank of a line that is over may still be about
            if (rank.record().runEpoch() == runEpoch) {
                take(rank, seen.now());
            }
        }
        while (order.size() > 2 * MOST * Math.max(1, rows.size())) {
            Released oldest = order.removeFirst();
            made.remove(oldest);
            arrived.remove(oldest);
        }
    }

    private void take(ObservedRank rank, long now) {
        FlightRecord record = rank.record();
        Row row = rows.computeIfAbsent(record.rank(), _ -> new Row(rank));
        boolean sameEpoch = row.newest.record().runEpoch() == record.runEpoch();
        row.newest = rank;
        long last = sameEpoch && !row.spans.isEmpty() ? row.spans.getLast().start() : Long.MIN_VALUE;
        for (Span span : record.spans()) {
            if (last == Long.MIN_VALUE || span.start() - last > 0) {
                row.spans.add(span);
                Action action = span.action();
                if (action != null) {
                    Released released = released(record.rank(), span.step(), action);
                    made.put(released, new Made(record.rank(), span.end()));
                    order.add(released);
                }
            }
        }
        long heard =
                sameEpoch && !row.passages.isEmpty() ? row.passages.getLast().at() : Long.MIN_VALUE;
        for (Passage passage : record.passages()) {
            if (heard == Long.MIN_VALUE || passage.at() - heard > 0) {
                row.passages.add(passage);
                if (!passage.sent()) {
                    Released released = released(record.rank(), passage.step(), passage.releases());
                    arrived.put(released, passage.at());
                    order.add(released);
                }
            }
        }
        forget(row, now);
    }

    private static void forget(Row row, long now) {
        int spans = 0;
        int size = row.spans.size();
        while (spans < size && (now - row.spans.get(spans).end() > KEPT || size - spans > MOST)) {
            row.before = row.spans.get(spans).end();
            spans++;
        }
        row.spans.subList(0, spans).clear();
        int passages = 0;
        int messages = row.passages.size();
        while (passages < messages
                && (now - row.passages.get(passages).at() > KEPT || messages - passages > 2 * MOST)) {
            passages++;
        }
        row.passages.subList(0, passages).clear();
    }

    private Released released(int rank, long step, Action action) {
        Action input = action.kind() == Kind.B ? Action.backwardInput(action.stage(), action.microBatch()) : action;
        return new Released(runEpoch, placement.replicaOn(rank, action.stage()), step, input);
    }

    /** Ranks that were seen, by number. */
    NavigableMap<Integer, Row> rows() {
        return rows;
    }

    /** Frames that were sent once more. */
    long retransmissions() {
        return retransmissions;
    }

    /** When a result was made that a rank needs for an action of one of its stages; null where that is not known. */
    @Nullable
    Made made(int rank, long step, Action action, Action result) {
        return made.get(new Released(runEpoch, placement.replicaOn(rank, action.stage()), step, result));
    }

    /** When the message came that lets a rank do an action; null where there was none, or it is not known. */
    @Nullable
    Long arrived(int rank, long step, Action action) {
        return arrived.get(released(rank, step, action));
    }

    /** Steps that are kept with all actions of all ranks. */
    Set<Long> wholeSteps(Schedule schedule) {
        Set<Long> whole = new TreeSet<>();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            Row row = rows.get(rank);
            Map<Long, Integer> counts = new HashMap<>();
            if (row != null && row.newest.record().runEpoch() == runEpoch) {
                row.spans.stream()
                        .filter(span -> span.action() != null)
                        .forEach(span -> counts.merge(span.step(), 1, Integer::sum));
            }
            int all = schedule.actions(rank).size();
            Set<Long> here = new TreeSet<>();
            counts.forEach((step, count) -> {
                if (count == all) {
                    here.add(step);
                }
            });
            if (rank == 0) {
                whole.addAll(here);
            } else {
                whole.retainAll(here);
            }
        }
        return whole;
    }

    /** Steps of all ranks as recorded ones. */
    List<RankTrace> traces(TraceWindow window) {
        return rows.values().stream()
                .map(row -> RankTrace.of(window, row.spans, row.passages))
                .toList();
    }
}
