package millrace.schedule;

import java.util.List;

/** Thrown for a schedule that cannot be executed. The message says why, shows the grid and points at the cell. */
public final class InvalidScheduleException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final int rank;
    private final int column;
    private final String why;

    private InvalidScheduleException(String message, int rank, int column, String why) {
        super(message);
        this.rank = rank;
        this.column = column;
        this.why = why;
    }

    /** Row of the cell that is to blame, from 0. */
    public int rank() {
        return rank;
    }

    /** Column of that cell, from 0: in a text counted with the empty cells, else among the cells of the rank's order. */
    public int column() {
        return column;
    }

    /** What is wrong there, without the grid. */
    public String why() {
        return why;
    }

    static InvalidScheduleException at(Schedule schedule, int rank, int column, String why) {
        String text = text(schedule.name(), rank, column, why, Grid.marked(schedule.order(), rank, column));
        return new InvalidScheduleException(text, rank, column, why);
    }

    static InvalidScheduleException at(String name, List<List<String>> texts, int rank, int column, String why) {
        String text = text(name, rank, column, why, Grid.markedTexts(texts, rank, column));
        return new InvalidScheduleException(text, rank, column, why);
    }

    private static String text(String name, int rank, int column, String why, String grid) {
        return "schedule " + name + ", rank " + rank + ", column " + column + ": " + why + System.lineSeparator()
                + grid;
    }
}
