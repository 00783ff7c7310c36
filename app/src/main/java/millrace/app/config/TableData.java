package millrace.app.config;

import java.nio.file.Path;
import java.util.Optional;
import millrace.actors.plan.TrainingData;
import millrace.nn.data.CsvOptions;
import millrace.nn.data.CsvTable;
import millrace.nn.data.Dataset;
import millrace.nn.data.Splits;
import millrace.nn.data.TableSchema;
import org.jspecify.annotations.Nullable;

/**
 * A user's table as the data of a run.
 *
 * @param sets split, encoded and normalised
 * @param schema what was learnt of the table
 * @param scales by what it was normalised
 */
record TableData(TrainingData sets, TableSchema schema, Scales scales) {
    /**
     * Reads the block {@code data.csv}.
     *
     * @param known the schema of a saved run
     * @param keepsOrder whether rows stay in the order of the file
     */
    static TableData load(
            Settings data, Optional<TableSchema> known, Scales.Wanted wanted, long seed, boolean keepsOrder) {
        Settings csv = data.in("csv");
        CsvOptions options = TableReader.options(csv);
        Path file = Path.of(csv.text("file"));
        @Nullable TableSchema saved = known.orElse(null);
        CsvTable table = saved == null ? CsvTable.read(file, options) : CsvTable.read(file, options, saved, true);
        boolean ownTest = csv.has("test-file");
        Splits.Rows rows = Splits.Rows.of(
                file.toString(),
                table.rows(),
                data.number("validation"),
                ownTest ? 0 : data.number("test"),
                seed,
                keepsOrder);
        TableSchema schema = saved == null ? table.schema(rows.train()) : saved;
        Scales scales =
                wanted.of(() -> table.standard(schema, rows.train()), () -> table.standardTargets(rows.train()));
        Dataset test = ownTest
                ? all(Path.of(csv.text("test-file")), options, schema, scales)
                : dataset(table, schema, scales, rows.test());
        return new TableData(
                new TrainingData(
                        table.dataset(schema, scales.inputs(), scales.targets(), rows.train()),
                        dataset(table, schema, scales, rows.validation()),
                        test),
                schema,
                scales);
    }

    /** All rows of another file, as the run sees them. */
    static Dataset all(Path file, CsvOptions options, TableSchema schema, Scales scales) {
        CsvTable table = CsvTable.read(file, options, schema, true);
        return table.dataset(schema, scales.inputs(), scales.targets(), table.all());
    }

    private static @Nullable Dataset dataset(CsvTable table, TableSchema schema, Scales scales, int[] rows) {
        return rows.length == 0 ? null : table.dataset(schema, scales.inputs(), scales.targets(), rows);
    }
}
