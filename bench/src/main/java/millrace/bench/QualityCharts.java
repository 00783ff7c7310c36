package millrace.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import millrace.app.picture.Chart;
import millrace.app.picture.PictureFile;

/**
 * Draws what {@code bench/time_to_quality.py} has written: for each workload a chart of quality against seconds, one line a
 * side and seed, with the learning rate that the side was measured with.
 */
public final class QualityCharts {
    private static final int COLUMNS = 7;

    /** A line of {@code curves.csv}. */
    private record Row(String workload, String side, String rate, String seed, double seconds, double quality) {
        static Row parse(String line) {
            String[] cells = line.split(",", -1);
            if (cells.length != COLUMNS) {
                throw new IllegalArgumentException(
                        "curves.csv: " + cells.length + " cells (expected: " + COLUMNS + ")");
            }
            return new Row(
                    cells[0], cells[1], cells[2], cells[3], Double.parseDouble(cells[5]), Double.parseDouble(cells[6]));
        }

        String line() {
            return (side.equals("ours") ? "Millrace" : "PyTorch") + ", lr " + rate + ", seed " + seed;
        }
    }

    private QualityCharts() {}

    /** @param arguments the folder of curves.csv, where the charts go too */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Map<String, List<Row>> workloads = Files.readAllLines(folder.resolve("curves.csv")).stream()
                .skip(1)
                .map(Row::parse)
                .filter(row -> !row.seed.equals("grid"))
                .collect(Collectors.groupingBy(Row::workload, TreeMap::new, Collectors.toList()));
        for (Map.Entry<String, List<Row>> workload : workloads.entrySet()) {
            Path file = folder.resolve(workload.getKey() + "-quality.svg");
            PictureFile.write(file, chart(workload.getKey(), workload.getValue()));
            System.out.println(file);
        }
    }

    private static Chart chart(String workload, List<Row> rows) {
        Map<String, List<Chart.Value>> lines = new TreeMap<>();
        rows.forEach(row -> lines.computeIfAbsent(row.line(), _ -> new ArrayList<>())
                .add(new Chart.Value(row.seconds, row.quality)));
        boolean accuracy = rows.stream().allMatch(row -> row.quality <= 1);
        return Chart.of(
                workload + ", async-1f1b on 2 ranks and PyTorch on 2 threads",
                "seconds from the first step, evaluations included",
                accuracy ? "test accuracy" : "validation loss",
                lines.entrySet().stream()
                        .map(line -> new Chart.Line(line.getKey(), line.getValue()))
                        .toList());
    }
}
