package millrace.nn.data;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * How a CSV file is to be read. A column is named by its name in the header or by its number, from 1 for the first
 * or from -1 for the last; a name goes before a number.
 *
 * @param format how the text becomes cells
 * @param labels the columns to predict: one for a classification, one or more for a regression
 * @param weight the column that says what each sample counts, which is no feature; empty: all count alike
 * @param task what kind of values the label columns hold
 * @param drop columns that are not read at all, as identifiers
 * @param classes names of the classes by label; empty: taken from the file. A test file needs those of its training
 *     file, or a class that it lacks would shift the labels
 * @param columns rules for feature columns that are no plain numbers
 * @param others the rule for all other feature columns; its column is not looked at
 */
public record CsvOptions(
        CsvFormat format,
        List<String> labels,
        Optional<String> weight,
        Task task,
        List<String> drop,
        List<String> classes,
        List<ColumnRule> columns,
        ColumnRule others) {

    /** What stands between cells. */
    public enum Separator {
        /** The one of comma, semicolon and tab that occurs most in the first row; blanks where none does. */
        AUTO,
        /** A comma. */
        COMMA,
        /** A semicolon. */
        SEMICOLON,
        /** A tabulator. */
        TAB,
        /** Any run of spaces and tabs. */
        BLANKS
    }

    /** Whether the first row holds names. */
    public enum Header {
        /**
         * It does when none of its cells is a number, or in another file than the one that was trained with when one of them is
         * the name of a column; whether numbers that may be names are some is asked for.
         */
        AUTO,
        /** The first line is a header. */
        TRUE,
        /** The first line is a sample. */
        FALSE
    }

    /** What kind of values the label column holds. */
    public enum Task {
        /**
         * Class labels. Integers 0 to k-1 keep their value; other integers become names of classes in numeric order,
         * words in alphabetic order.
         */
        CLASSIFICATION,
        /** One number a sample. */
        REGRESSION
    }

    private static final ColumnRule NUMBERS = ColumnRule.number("");

    /**
     * Checks labels and classes.
     *
     * @throws IllegalArgumentException on a class or column named twice, classes for a regression, or not one label
     */
    public CsvOptions {
        labels = List.copyOf(labels);
        drop = List.copyOf(drop);
        classes = List.copyOf(classes);
        columns = List.copyOf(columns);
        if (task == Task.REGRESSION && !classes.isEmpty()) {
            throw new IllegalArgumentException("classes: " + String.join(", ", classes)
                    + " (expected: none for a regression); remove them or choose task classification");
        }
        if (labels.isEmpty() || (task == Task.CLASSIFICATION && labels.size() > 1)) {
            throw new IllegalArgumentException("label: " + (labels.isEmpty() ? "none" : String.join(", ", labels))
                    + " (expected: " + (task == Task.CLASSIFICATION ? "one column" : "1 or more columns")
                    + "); name what is to be predicted, or choose task regression for several columns");
        }
        requireEachOnce("classes", "class", classes);
        requireEachOnce("label", "column", labels);
        requireEachOnce(
                "columns", "column", columns.stream().map(ColumnRule::column).toList());
    }

    private static void requireEachOnce(String what, String one, List<String> names) {
        HashSet<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new IllegalArgumentException(
                        what + ": " + name + " (expected: each " + one + " once); remove one");
            }
        }
    }

    /** Class labels in the last column, the rest found out from the file. */
    public static CsvOptions classification() {
        return of(Task.CLASSIFICATION);
    }

    /** Numbers to predict in the last column, the rest found out from the file. */
    public static CsvOptions regression() {
        return of(Task.REGRESSION);
    }

    private static CsvOptions of(Task task) {
        return new CsvOptions(
                CsvFormat.AUTO, List.of("-1"), Optional.empty(), task, List.of(), List.of(), List.of(), NUMBERS);
    }

    /** The same of text that is written in another way. */
    public CsvOptions withFormat(CsvFormat other) {
        return new CsvOptions(other, labels, weight, task, drop, classes, columns, others);
    }

    /** The same with what stands between two values. */
    public CsvOptions withSeparator(Separator other) {
        return withFormat(format.withSeparator(other));
    }

    /** The same, told whether the first line is a header. */
    public CsvOptions withHeader(Header other) {
        return withFormat(format.withHeader(other));
    }

    /** The same with another column, by name or number, as what is predicted. */
    public CsvOptions withLabel(String column) {
        return withLabels(column);
    }

    /**
     * The same with other columns, by name or number, as what is predicted.
     *
     * @throws IllegalArgumentException on none, or several for a classification
     */
    public CsvOptions withLabels(String... names) {
        return new CsvOptions(format, List.of(names), weight, task, drop, classes, columns, others);
    }

    /** The same with a column, by name or number, that says what each sample counts in the mean of the loss. */
    public CsvOptions withWeight(String column) {
        return new CsvOptions(format, labels, Optional.of(column), task, drop, classes, columns, others);
    }

    /** The same without these columns, by name or number. */
    public CsvOptions withDrop(String... names) {
        return new CsvOptions(format, labels, weight, task, List.of(names), classes, columns, others);
    }

    /**
     * The same with the names of the classes, in the order of their labels.
     *
     * @throws IllegalArgumentException on a class named twice, or for a regression
     */
    public CsvOptions withClasses(List<String> names) {
        return new CsvOptions(format, labels, weight, task, drop, names, columns, others);
    }

    /**
     * The same with rules for feature columns that are no plain numbers.
     *
     * @throws IllegalArgumentException on a column named twice
     */
    public CsvOptions withColumns(ColumnRule... rules) {
        return new CsvOptions(format, labels, weight, task, drop, classes, List.of(rules), others);
    }

    /** The same with something in place of values that are not there, in all columns without a rule of their own. */
    public CsvOptions withMissing(ColumnRule.Missing fill, boolean flagged) {
        return new CsvOptions(format, labels, weight, task, drop, classes, columns, others.withMissing(fill, flagged));
    }
}
