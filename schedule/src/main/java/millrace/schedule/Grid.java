package millrace.schedule;

import java.util.List;

/** A schedule as text: one row a rank, one column a position in its order. */
public final class Grid {
    private Grid() {}

    /** The orders side by side, without time: {@code rank 0  0F0 0F1 ...}. */
    public static String of(Schedule schedule) {
        return of(schedule.order(), -1, -1);
    }

    /** The same with an arrow behind one cell, for error messages. */
    static String of(List<List<Action>> order, int markedRank, int markedColumn) {
        int width = order.stream()
                .flatMap(List::stream)
                .mapToInt(action -> action.toString().length())
                .max()
                .orElse(1);
        StringBuilder text = new StringBuilder();
        for (int rank = 0; rank < order.size(); rank++) {
            text.append("rank ").append(rank).append(':');
            List<Action> actions = order.get(rank);
            for (int column = 0; column < actions.size(); column++) {
                boolean marked = rank == markedRank && column == markedColumn;
                text.append(marked ? " >" : " ").append(actions.get(column));
                text.append(marked ? "< HERE" : " ".repeat(width - actions.get(column).toString().length()));
            }
            text.append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }
}
