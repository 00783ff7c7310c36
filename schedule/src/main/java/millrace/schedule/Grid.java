package millrace.schedule;

import java.util.List;
import java.util.StringJoiner;
import java.util.function.BinaryOperator;

/** A schedule as text: one row a rank. */
public final class Grid {
    private static final int ERROR_COLUMNS = 24;
    private static final int ERROR_ROWS = 16;

    private Grid() {}

    /** The orders side by side, without time: {@code rank 0: 0F0 0F1 ...}. */
    public static String of(Schedule schedule) {
        return rows(texts(schedule.order()), 0, -1, -1, (_, padded) -> padded);
    }

    /** One column a step where every action takes one and messages none; blank where a rank waits. */
    public static String inSteps(Schedule schedule) {
        return inSteps(schedule, (_, padded) -> padded);
    }

    /**
     * The same with the texts of the cells painted.
     *
     * @param paint makes of a cell's text and of the same text padded what is printed, for colours
     */
    public static String inSteps(Schedule schedule, BinaryOperator<String> paint) {
        List<List<String>> texts = Steps.of(schedule).stream()
                .map(row -> row.stream()
                        .map(cell -> cell.map(Object::toString).orElse(""))
                        .toList())
                .toList();
        return rows(texts, 0, -1, -1, paint);
    }

    private static List<List<String>> texts(List<? extends List<? extends Cell>> order) {
        return order.stream()
                .map(row -> row.stream().map(Object::toString).toList())
                .toList();
    }

    /** The neighbourhood of one cell, with an arrow at it. */
    static String marked(List<? extends List<? extends Cell>> order, int rank, int column) {
        return markedTexts(texts(order), rank, column);
    }

    /** The same for cells that are not read yet. */
    static String markedTexts(List<List<String>> texts, int rank, int column) {
        int firstColumn = Math.max(0, column - ERROR_COLUMNS);
        int firstRow = Math.max(0, Math.min(rank - ERROR_ROWS / 2, texts.size() - ERROR_ROWS));
        int lastRow = Math.min(texts.size(), firstRow + ERROR_ROWS);
        List<List<String>> part = texts.subList(firstRow, lastRow).stream()
                .map(row -> row.subList(
                        Math.min(firstColumn, row.size()), Math.min(row.size(), column + ERROR_COLUMNS + 1)))
                .toList();
        String left = firstColumn > 0 ? "(from column " + firstColumn + " on)" + System.lineSeparator() : "";
        return left + rows(part, firstRow, rank - firstRow, column - firstColumn, (_, padded) -> padded);
    }

    private static String rows(
            List<List<String>> texts, int firstRank, int markedRow, int markedColumn, BinaryOperator<String> paint) {
        int[] widths = widths(texts);
        int digits = String.valueOf(firstRank + texts.size() - 1).length();
        StringJoiner rows = new StringJoiner(System.lineSeparator());
        for (int i = 0; i < texts.size(); i++) {
            StringBuilder row = new StringBuilder("rank " + pad(String.valueOf(firstRank + i), -digits) + ":");
            List<String> cells = texts.get(i);
            for (int column = 0; column < cells.size(); column++) {
                boolean marked = i == markedRow && column == markedColumn;
                String text = cells.get(column);
                row.append(marked ? " >" : " ")
                        .append(marked ? text + "< HERE" : paint.apply(text, pad(text, widths[column])));
            }
            if (i == markedRow && markedColumn >= cells.size()) {
                row.append(" >< HERE");
            }
            rows.add(row.toString().stripTrailing());
        }
        return rows.toString();
    }

    private static int[] widths(List<List<String>> texts) {
        int[] widths = new int[texts.stream().mapToInt(List::size).max().orElse(0)];
        for (List<String> row : texts) {
            for (int column = 0; column < row.size(); column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        return widths;
    }

    /** Blanks behind a text, or with a negative width before it. */
    private static String pad(String text, int width) {
        String blanks = " ".repeat(Math.max(0, Math.abs(width) - text.length()));
        return width < 0 ? blanks + text : text + blanks;
    }
}
