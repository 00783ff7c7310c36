package millrace.schedule;

import java.util.List;

/** Thrown for a schedule that cannot be executed. The message says why, shows the grid and points at the cell. */
public final class InvalidScheduleException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private InvalidScheduleException(String message) {
        super(message);
    }

    static InvalidScheduleException at(Schedule schedule, int rank, int column, String why) {
        return new InvalidScheduleException(
                text(schedule.name(), rank, column, why, Grid.marked(schedule.order(), rank, column)));
    }

    static InvalidScheduleException at(String name, List<List<String>> texts, int rank, int column, String why) {
        return new InvalidScheduleException(text(name, rank, column, why, Grid.markedTexts(texts, rank, column)));
    }

    private static String text(String name, int rank, int column, String why, String grid) {
        return "schedule " + name + ", rank " + rank + ", column " + column + ": " + why + System.lineSeparator()
                + grid;
    }
}
