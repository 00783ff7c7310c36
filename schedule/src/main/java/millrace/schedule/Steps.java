package millrace.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import millrace.schedule.Action.Kind;

/** A schedule drawn in steps: every cell takes one, messages none. */
final class Steps {
    private Steps() {}

    /** For each rank its cells at their steps, empty where it waits. */
    static List<List<Optional<Cell>>> of(Schedule schedule) {
        int[][] steps = new int[schedule.ranks()][];
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            steps[rank] = new int[schedule.actions(rank).size()];
        }
        int places = schedule.stages() * schedule.microBatches();
        int[][] earliest = new int[2][places];
        int[] free = new int[schedule.ranks()];
        Replay replay = new Replay(schedule);
        replay.run((rank, position, action) -> {
            Sequencer sequencer = replay.sequencers().get(rank);
            int step = Math.max(free[rank], earliest(earliest, schedule, action));
            if (sequencer.fused(position)) {
                step = Math.max(step, earliest(earliest, schedule, sequencer.action(position + 1)));
            }
            if (position > 0 && sequencer.fused(position - 1)) {
                step = steps[rank][position - 1];
            }
            steps[rank][position] = step;
            free[rank] = step + 1;
            int done = step + 1;
            Dependencies.releasedBy(action, schedule.stages())
                    .ifPresent(
                            released -> earliest[released.kind() == Kind.F ? 0 : 1][place(schedule, released)] = done);
        });
        return table(schedule, steps);
    }

    private static int earliest(int[][] earliest, Schedule schedule, Action action) {
        return !Dependencies.needsArrival(action, schedule.stages())
                ? 0
                : earliest[action.kind() == Kind.F ? 0 : 1][place(schedule, action)];
    }

    private static int place(Schedule schedule, Action action) {
        return action.stage() * schedule.microBatches() + action.microBatch();
    }

    private static List<List<Optional<Cell>>> table(Schedule schedule, int[][] steps) {
        int columns = Arrays.stream(steps)
                .mapToInt(row -> row.length == 0 ? 0 : row[row.length - 1] + 1)
                .max()
                .orElse(0);
        List<List<Optional<Cell>>> rows = new ArrayList<>();
        for (int rank = 0; rank < schedule.ranks(); rank++) {
            List<Optional<Cell>> row = new ArrayList<>();
            int position = 0;
            for (Cell cell : schedule.order().get(rank)) {
                while (row.size() < steps[rank][position]) {
                    row.add(Optional.empty());
                }
                row.add(Optional.of(cell));
                position += cell.actions().size();
            }
            while (row.size() < columns) {
                row.add(Optional.empty());
            }
            rows.add(row);
        }
        return rows;
    }
}
