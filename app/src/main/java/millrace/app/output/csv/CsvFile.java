package millrace.app.output.csv;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Numbers in columns under a header, which tell by step how a run went. A number that is not finite is an empty cell. */
final class CsvFile implements AutoCloseable {
    private final BufferedWriter out;
    private final List<String> columns;

    /**
     * @param columns names; one of them is {@code step}
     * @param after rows of a file that is there stay up to this step; a negative number for a file that must be new
     * @throws IllegalArgumentException when the file has other columns
     */
    CsvFile(Path file, List<String> columns, long after) throws IOException {
        this.columns = columns;
        List<String> kept = new ArrayList<>(List.of(String.join(",", columns)));
        if (after >= 0 && Files.exists(file)) {
            kept = upTo(file, Files.readAllLines(file, StandardCharsets.UTF_8), after);
            Files.delete(file);
        }
        this.out = Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        for (String line : kept) {
            out.write(line);
            out.newLine();
        }
        out.flush();
    }

    /** What was logged after the checkpoint that the run goes on from is made again. */
    private List<String> upTo(Path file, List<String> lines, long step) {
        String header = String.join(",", columns);
        if (lines.isEmpty() || !lines.getFirst().equals(header)) {
            throw new IllegalArgumentException(file + ": columns " + (lines.isEmpty() ? "none" : lines.getFirst())
                    + " (expected: " + header + "); choose another --log-dir");
        }
        int at = columns.indexOf("step");
        List<String> kept = new ArrayList<>();
        kept.add(header);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            // a run that was killed may have left half a line
            if (cells.length == columns.size() && cells[at].matches("\\d{1,18}") && Long.parseLong(cells[at]) <= step) {
                kept.add(line);
            }
        }
        return kept;
    }

    /** One row, a number a column. */
    void row(List<? extends Number> cells) throws IOException {
        if (cells.size() != columns.size()) {
            throw new IllegalStateException("cells: " + cells + " (expected: one for each of " + columns + ")");
        }
        for (int i = 0; i < cells.size(); i++) {
            out.write(i == 0 ? "" : ",");
            Number cell = cells.get(i);
            out.write(Double.isFinite(cell.doubleValue()) ? cell.toString() : "");
        }
        out.newLine();
    }

    void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
