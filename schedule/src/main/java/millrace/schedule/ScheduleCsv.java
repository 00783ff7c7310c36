package millrace.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A schedule as CSV, the form that torch.distributed.pipelining loads and dumps: one row a rank, one column a step, an
 * empty cell where the rank waits.
 */
public final class ScheduleCsv {
    private ScheduleCsv() {}

    /** One line a rank; columns are steps in which every action takes one. */
    public static String write(Schedule schedule) {
        return Steps.of(schedule).stream()
                .map(row -> row.stream()
                        .map(cell -> cell.map(ScheduleCsv::text).orElse(""))
                        .collect(Collectors.joining(",")))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String text(Cell cell) {
        return cell instanceof Fused ? cell + "OVERLAP_F_B" : cell.toString();
    }

    /**
     * The validated schedule that a text describes. Which stages a rank holds and how many micro-batches there are
     * follows from the cells.
     *
     * @param name of the schedule, for messages
     * @throws InvalidScheduleException pointing at the cell that cannot be read or cannot be executed
     */
    public static Schedule read(String name, String text) {
        // spreadsheets begin their files with a byte-order mark
        String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
        List<List<String>> texts = plain.lines()
                .filter(line -> !line.isBlank())
                .map(line -> List.of(line.split(",", -1)))
                .toList();
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("schedule " + name + ": no rows (expected: one row a rank)");
        }
        List<List<Cell>> order = new ArrayList<>();
        for (int rank = 0; rank < texts.size(); rank++) {
            order.add(row(name, texts, rank));
        }
        int microBatches = 1
                + order.stream()
                        .flatMap(List::stream)
                        .flatMap(cell -> cell.actions().stream())
                        .mapToInt(Action::microBatch)
                        .max()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "schedule " + name + ": no actions (expected: cells like 0F0 between commas)"));
        return Validator.checked(new Schedule(name, InferredPlacement.of(name, order, microBatches), order));
    }

    private static List<Cell> row(String name, List<List<String>> texts, int rank) {
        List<Cell> row = new ArrayList<>();
        for (int column = 0; column < texts.get(rank).size(); column++) {
            String cell = texts.get(rank).get(column).strip();
            if (!cell.isEmpty()) {
                try {
                    row.add(Cell.parse(cell));
                } catch (IllegalArgumentException e) {
                    InvalidScheduleException invalid =
                            InvalidScheduleException.at(name, texts, rank, column, String.valueOf(e.getMessage()));
                    invalid.initCause(e);
                    throw invalid;
                }
            }
        }
        return row;
    }
}
