package millrace.nn.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import millrace.nn.data.CsvOptions.Header;
import millrace.nn.data.CsvOptions.Task;
import org.jspecify.annotations.Nullable;

/** Reads a CSV file, plain or gzip: each row is turned into numbers as it is read, the text is never held as a whole. */
public final class CsvReader {
    private static final String NUMBERS = "a row of numbers that may be names of columns: ";

    private final String file;
    private final CsvOptions options;
    private final @Nullable TableSchema schema;
    private final CsvColumns columns;
    private final CsvLayout layout;
    private final List<CellReader> cells;
    private final @Nullable ClassLabels classes;
    private final List<CellReader> targets;
    private final @Nullable CellReader weight;
    private final RowBlocks values;
    private final int firstLine;

    private CsvReader(
            String file,
            CsvOptions options,
            @Nullable TableSchema schema,
            CsvColumns columns,
            CsvLayout layout,
            int firstLine) {
        this.file = file;
        this.options = options;
        this.schema = schema;
        this.columns = columns;
        this.layout = layout;
        this.firstLine = firstLine;
        this.cells = IntStream.range(0, layout.features().size())
                .mapToObj(i -> new CellReader(
                        columns,
                        layout.features().get(i),
                        layout.rules().get(i),
                        options.format(),
                        schema == null ? List.of() : schema.features().get(i).categories()))
                .toList();
        boolean labelled = !layout.labels().isEmpty();
        List<String> known = schema == null ? options.classes() : schema.classes();
        boolean classification = labelled && options.task() == Task.CLASSIFICATION;
        this.classes =
                classification ? new ClassLabels(columns, layout.labels().getFirst(), options.format(), known) : null;
        this.targets = classification
                ? List.of()
                : layout.labels().stream()
                        .map(label -> new CellReader(columns, label, options.format(), CellReader.Purpose.TARGET))
                        .toList();
        this.weight = layout.weight()
                .map(column -> new CellReader(columns, column, options.format(), CellReader.Purpose.WEIGHT))
                .orElse(null);
        this.values = new RowBlocks(cells.size() + targets.size() + (weight == null ? 0 : 1));
    }

    /**
     * Reads a file of numbers with one column to predict, all of its rows alike.
     *
     * @return inputs n x features, in the order of the file; targets I32 [n] for a classification, F32 [n x labels] for a
     *     regression
     * @throws IllegalArgumentException on a missing or empty file, an unknown column, rows of unequal length, a cell
     *     that is not what its column holds, or a label out of range
     */
    public static Dataset read(Path file, CsvOptions options) {
        return CsvTable.read(file, options).dataset();
    }

    static CsvTable table(Path file, CsvOptions options, @Nullable TableSchema schema, boolean labelled) {
        DataFile source = DataFile.of(file, "CSV");
        Charset charset = options.format().charset();
        return source.read(bytes -> {
                    try {
                        return table(source.name(), text(bytes, charset), 0, options, schema, labelled);
                    } catch (CharacterCodingException e) {
                        throw new IllegalArgumentException(
                                source.name() + ": not " + charset + " text (expected: a text file in " + charset
                                        + "); convert it or set its encoding, as latin-1",
                                e);
                    }
                })
                .withName(String.valueOf(file.getFileName()));
    }

    static BufferedReader text(InputStream bytes) {
        return text(bytes, StandardCharsets.UTF_8);
    }

    private static BufferedReader text(InputStream bytes, Charset charset) {
        // a decoder, unlike a charset, reports what is no text of that kind instead of replacing it
        return new BufferedReader(new InputStreamReader(bytes, charset.newDecoder()));
    }

    /** @param skipped lines of {@code text} that were read before */
    static Dataset read(String file, BufferedReader text, int skipped, CsvOptions options) throws IOException {
        return table(file, text, skipped, options, null, true).dataset();
    }

    private static CsvTable table(
            String file,
            BufferedReader text,
            int skipped,
            CsvOptions options,
            @Nullable TableSchema schema,
            boolean labelled)
            throws IOException {
        CsvRecords records = new CsvRecords(
                file,
                text,
                skipped,
                options.format().separator(),
                options.format().decimal());
        List<String> first = records.next();
        if (first == null) {
            throw new IllegalArgumentException(file + ": empty (expected: at least one row of data); check the file");
        }
        int firstLine = records.line();
        CsvHeader header = CsvHeader.of(first, options.format(), schema);
        boolean named = header == CsvHeader.NAMES;
        @Nullable List<String> second = records.next();
        // names alone would be no data
        if (header == CsvHeader.UNCLEAR && second != null) {
            throw CsvHeader.question(file, firstLine, NUMBERS + CsvColumns.listed(first));
        }
        CsvColumns columns = new CsvColumns(file, first, named);
        CsvLayout layout = schema == null
                ? CsvLayout.of(file, columns, options)
                : CsvLayout.of(file, columns, options, schema, labelled);
        CsvReader reader = new CsvReader(file, options, schema, columns, layout, firstLine);
        if (!named) {
            reader.add(firstLine, first);
        } else if (second == null) {
            throw new IllegalArgumentException(
                    file + ": a header only (expected: at least one row of data); add rows or set header to false");
        }
        for (@Nullable List<String> row = second; row != null; row = records.next()) {
            reader.add(records.line(), row);
        }
        return reader.table();
    }

    private void add(int line, List<String> row) {
        if (row.size() != columns.count()) {
            throw new IllegalArgumentException(file + ": line " + line + ": " + row.size() + " cells (expected: "
                    + columns.count() + ", as in line " + firstLine + "); correct the row or set the separator");
        }
        double[] read = new double[values.width()];
        for (int i = 0; i < cells.size(); i++) {
            read[i] = cells.get(i).read(line, row.get(layout.features().get(i)));
        }
        for (int i = 0; i < targets.size(); i++) {
            read[cells.size() + i] =
                    targets.get(i).read(line, row.get(layout.labels().get(i)));
        }
        if (weight != null) {
            read[weightPlace()] = weight.read(line, row.get(layout.weight().orElseThrow()));
        }
        if (classes != null) {
            classes.add(line, row.get(layout.labels().getFirst()));
        }
        values.add(read);
    }

    private int weightPlace() {
        return cells.size() + targets.size();
    }

    private CsvTable table() {
        if (weight != null && IntStream.range(0, values.rows()).allMatch(row -> values.get(row, weightPlace()) == 0)) {
            throw new IllegalArgumentException(
                    file + ": " + columns.describe(layout.weight().orElseThrow()) + ": all " + values.rows()
                            + " weights are 0 (expected: one or more above 0); correct them or name another weight column");
        }
        if (classes != null && schema == null && columns.names().isEmpty() && isAskedFor(classes)) {
            throw CsvHeader.question(file, firstLine, "a row of numbers whose label is the only one of its kind");
        }
        if (schema != null
                && isAuto()
                && CsvHeader.looksLikeASample(columns.names(), layout.features(), values, options.format())) {
            throw CsvHeader.question(file, firstLine, NUMBERS + CsvColumns.listed(columns.names()));
        }
        List<Feature> features = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            ColumnRule rule = layout.rules().get(i);
            features.add(new Feature(rule, cells.get(i).sortPlaces(values, i), Double.NaN));
        }
        TableSchema found = schema != null
                ? schema
                : new TableSchema(
                        features,
                        !columns.names().isEmpty(),
                        layout.labels().stream().map(columns::name).toList(),
                        layout.weight().map(columns::name),
                        options.task(),
                        classes == null ? List.of() : classes.classes());
        return new CsvTable(
                file,
                found,
                values,
                targets.size(),
                weight != null,
                Optional.ofNullable(classes).map(ClassLabels::numbers));
    }

    private boolean isAskedFor(ClassLabels labels) {
        return isAuto() && labels.beginsWithAName();
    }

    private boolean isAuto() {
        return options.format().header() == Header.AUTO;
    }
}
