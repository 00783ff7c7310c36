package millrace.nn.data;

import java.util.HashSet;
import java.util.List;

/**
 * How a CSV file is to be read. A column is named by its name in the header or by its number, from 1 for the first
 * or from -1 for the last; a name goes before a number.
 *
 * @param separator what stands between cells
 * @param header whether the first row holds names
 * @param label the column to predict
 * @param task what kind of values the label column holds
 * @param drop columns that are not read at all, as identifiers
 * @param classes names of the classes by label; empty: taken from the file. A test file needs those of its training
 *     file, or a class that it lacks would shift the labels
 */
public record CsvOptions(
        Separator separator, Header header, String label, Task task, List<String> drop, List<String> classes) {

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
        /** It does when none of its cells is a number. */
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

    /**
     * Checks the classes.
     *
     * @throws IllegalArgumentException on a class named twice, or classes for a regression
     */
    public CsvOptions {
        drop = List.copyOf(drop);
        classes = List.copyOf(classes);
        if (task == Task.REGRESSION && !classes.isEmpty()) {
            throw new IllegalArgumentException("classes: " + String.join(", ", classes)
                    + " (expected: none for a regression); remove them or choose task classification");
        }
        HashSet<String> seen = new HashSet<>();
        for (String name : classes) {
            if (!seen.add(name)) {
                throw new IllegalArgumentException("classes: " + name + " (expected: each class once); remove one");
            }
        }
    }

    /** Class labels in the last column, the rest found out from the file. */
    public static CsvOptions classification() {
        return new CsvOptions(Separator.AUTO, Header.AUTO, "-1", Task.CLASSIFICATION, List.of(), List.of());
    }

    /** Numbers to predict in the last column, the rest found out from the file. */
    public static CsvOptions regression() {
        return new CsvOptions(Separator.AUTO, Header.AUTO, "-1", Task.REGRESSION, List.of(), List.of());
    }

    /** The same with what stands between two values. */
    public CsvOptions withSeparator(Separator other) {
        return new CsvOptions(other, header, label, task, drop, classes);
    }

    /** The same, told whether the first line is a header. */
    public CsvOptions withHeader(Header other) {
        return new CsvOptions(separator, other, label, task, drop, classes);
    }

    /** The same with another column, by name or number, as what is predicted. */
    public CsvOptions withLabel(String column) {
        return new CsvOptions(separator, header, column, task, drop, classes);
    }

    /** The same without these columns, by name or number. */
    public CsvOptions withDrop(String... columns) {
        return new CsvOptions(separator, header, label, task, List.of(columns), classes);
    }

    /**
     * The same with the names of the classes, in the order of their labels.
     *
     * @throws IllegalArgumentException on a class named twice, or for a regression
     */
    public CsvOptions withClasses(List<String> names) {
        return new CsvOptions(separator, header, label, task, drop, names);
    }
}
