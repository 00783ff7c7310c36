package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import millrace.schedule.Action.Kind;

/** A schedule drawn over time as in the papers: a forward takes one column, a full backward two, messages none. */
final class Timetable {
    private final List<Sequencer> sequencers;
    private final List<Action> running = new ArrayList<>();
    private final int[] busyUntil;
    private final List<StringBuilder> rows = new ArrayList<>();

    private Timetable(Schedule schedule) {
        this.sequencers = Sequencer.of(schedule);
        this.busyUntil = new int[schedule.ranks()];
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            rows.add(new StringBuilder("rank " + rank + ":"));
            running.add(null);
        }
    }

    /** One row a rank, blanks for bubbles. */
    static String of(Schedule schedule) {
        Timetable table = new Timetable(schedule);
        int columns = 3 * schedule.microBatches() + 3 * schedule.ranks();
        for (int now = 0; now < columns; now++) {
            table.finish(now, schedule);
            table.start(now);
        }
        return table.rows.stream()
                .map(row -> row.toString().stripTrailing())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private void finish(int now, Schedule schedule) {
        for (int rank = 0; rank < running.size(); rank++) {
            Action action = running.get(rank);
            if (action != null && busyUntil[rank] == now) {
                running.set(rank, null);
                Dependencies.releasedBy(action, schedule.stages())
                        .ifPresent(released -> sequencers
                                .get(schedule.rankOf(released.stage(), released.microBatch()))
                                .arrived(0, released));
            }
        }
    }

    private void start(int now) {
        for (int rank = 0; rank < running.size(); rank++) {
            if (running.get(rank) == null) {
                Optional<Action> next = sequencers.get(rank).next();
                running.set(rank, next.orElse(null));
                busyUntil[rank] = now + (next.isPresent() && next.get().kind() == Kind.F ? 1 : 2);
            }
            Action action = running.get(rank);
            rows.get(rank).append(action == null ? "   " : " " + action.kind() + action.microBatch());
        }
    }

    /** A schedule written by hand: for each rank the texts of its actions. */
    static Schedule written(int microBatches, String... ranks) {
        List<List<Action>> order = Arrays.stream(ranks)
                .map(rank ->
                        Arrays.stream(rank.split(" ", -1)).map(Action::parse).toList())
                .toList();
        return new Schedule("written", Placement.loop(new PipelineShape(ranks.length, 1, microBatches)), order);
    }
}
