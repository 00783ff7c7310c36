package millrace.schedule;

import java.util.List;
import java.util.StringJoiner;

/** A schedule as text: one row a rank, one column a position in its order. */
public final class Grid {
    private Grid() {}

    /** The orders side by side, without time: {@code rank 0: 0F0 0F1 ...}. */
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
        int digits = String.valueOf(order.size() - 1).length();
        StringJoiner rows = new StringJoiner(System.lineSeparator());
        for (int rank = 0; rank < order.size(); rank++) {
            StringBuilder row = new StringBuilder(
                            "rank " + " ".repeat(digits - String.valueOf(rank).length()))
                    .append(rank)
                    .append(':');
            List<Action> actions = order.get(rank);
            for (int column = 0; column < actions.size(); column++) {
                boolean marked = rank == markedRank && column == markedColumn;
                row.append(marked ? " >" : " ").append(actions.get(column));
                row.append(
                        marked
                                ? "< HERE"
                                : " "
                                        .repeat(width
                                                - actions.get(column).toString().length()));
            }
            rows.add(row.toString().stripTrailing());
        }
        return rows.toString();
    }
}
