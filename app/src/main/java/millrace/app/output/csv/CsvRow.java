package millrace.app.output.csv;

import java.util.List;
import java.util.stream.Collectors;

/** Rows of texts as RFC 4180 has them; a semicolon is quoted too, since readers may take it for the separator. */
public final class CsvRow {
    private CsvRow() {}

    /** The cells with commas between, and the line's end. */
    public static String of(List<String> cells) {
        return cells.stream()
                .map(cell -> cell.matches("[^\",;\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(",", "", "\n"));
    }
}
