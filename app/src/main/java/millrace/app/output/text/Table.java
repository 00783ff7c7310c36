package millrace.app.output.text;

import java.util.ArrayList;
import java.util.List;

/** Rows of text in columns as wide as they need; the first column is flush left, the others flush right. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();
    private boolean flushLeft;

    public Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        return this;
    }

    /** All columns flush left, for words. */
    public Table flushLeft() {
        flushLeft = true;
        return this;
    }

    @Override
    public String toString() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] width = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < row.size(); c++) {
                width[c] = Math.max(width[c], row.get(c).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < row.size(); c++) {
                String padding = " ".repeat(width[c] - row.get(c).length());
                line.append(c == 0 ? "" : "  ");
                line.append(c == 0 || flushLeft ? row.get(c) + padding : padding + row.get(c));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }
}
