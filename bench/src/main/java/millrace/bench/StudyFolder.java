package millrace.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import millrace.app.picture.PictureFile;
import millrace.nn.io.InWords;

/**
 * What a study has found so far, as CSV files in a folder: learning rates tried, points of measured runs, and the sizes
 * they were made with. A file is replaced as a whole, so that an interrupted study leaves no half of a row or run.
 */
final class StudyFolder {
    /** In place of an accuracy, where the loss ceased to be a number. */
    private static final String DIVERGED = "diverged";

    private static final String SIZES = "workload,grid steps,steps,evaluate every,validation,test";

    private final Path folder;

    /** The folder, made if it is not there. */
    StudyFolder(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "folder: " + folder + " (expected: one that can be made: " + InWords.reason(e) + ")", e);
        }
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    /** Accuracies by learning rate, NaN where training diverged. */
    synchronized NavigableMap<Rate, Double> tried(StudyWorkload workload, StudyMethod method) {
        return read("grid.csv", GridRow.HEADER).stream()
                .map(GridRow::of)
                .filter(row -> row.workload().equals(workload.name()) && row.method() == method)
                .collect(Collectors.toMap(GridRow::rate, GridRow::accuracy, (first, _) -> first, TreeMap::new));
    }

    synchronized void add(GridRow row) {
        append("grid.csv", GridRow.HEADER, List.of(row.cells()));
    }

    /** The points of a workload's runs. */
    synchronized List<RunRow> runs(StudyWorkload workload) {
        return read("runs.csv", RunRow.HEADER).stream()
                .map(RunRow::of)
                .filter(row -> row.workload().equals(workload.name()))
                .toList();
    }

    /** All points of a run. */
    synchronized void add(List<RunRow> run) {
        append("runs.csv", RunRow.HEADER, run.stream().map(RunRow::cells).toList());
    }

    /**
     * Notes how large a workload's runs are.
     *
     * @throws IllegalArgumentException when the folder holds runs of another size: they cannot be compared
     */
    synchronized void requireSizes(StudyWorkload workload) {
        String name = workload.name();
        String sizes = workload.sizes().text();
        for (List<String> row : read("sizes.csv", SIZES)) {
            String found = String.join(",", row.subList(1, row.size()));
            if (row.getFirst().equals(name) && !found.equals(sizes)) {
                throw new IllegalArgumentException("sizes of " + name + ": " + sizes + " (expected: " + found
                        + ", as in " + path("sizes.csv") + "); give the same options or another folder");
            }
            if (row.getFirst().equals(name)) {
                return;
            }
        }
        append("sizes.csv", SIZES, List.of(List.of(name, sizes)));
    }

    /** An accuracy as files have it. */
    static String text(double accuracy) {
        return Double.isNaN(accuracy) ? DIVERGED : String.format(Locale.ROOT, "%.5f", accuracy);
    }

    static double accuracy(String text) {
        return text.equals(DIVERGED) ? Double.NaN : Double.parseDouble(text);
    }

    private List<List<String>> read(String name, String header) {
        Path file = path(name);
        if (!Files.exists(file)) {
            return List.of();
        }
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException("file: " + file + " cannot be read, " + InWords.reason(e), e);
        }
        if (lines.isEmpty() || !lines.getFirst().equals(header)) {
            throw new IllegalArgumentException(
                    "file: " + file + " (expected: first line " + header + "); give another folder");
        }
        return lines.stream()
                .skip(1)
                .map(line -> Arrays.asList(line.split(",")))
                .toList();
    }

    private void append(String name, String header, List<List<Object>> rows) {
        List<String> lines = new ArrayList<>(List.of(header));
        read(name, header).forEach(row -> lines.add(String.join(",", row)));
        for (List<Object> row : rows) {
            lines.add(row.stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        PictureFile.writeText(path(name), String.join("\n", lines) + "\n");
    }
}
