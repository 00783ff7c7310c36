package millrace.nn.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** The columns of one CSV file by name and number, and errors that point at a cell. */
final class CsvColumns {
    private static final int MOST_LISTED = 20;
    private static final int MOST_SHOWN = 40;

    private final String file;
    private final List<String> names;
    private final int count;

    /**
     * @param file said in errors
     * @param first cells of the file's first row
     * @param named whether they are names
     */
    CsvColumns(String file, List<String> first, boolean named) {
        this.file = file;
        this.names = named ? first : List.of();
        this.count = first.size();
    }

    int count() {
        return count;
    }

    /** Names from the header; empty without one. */
    List<String> names() {
        return names;
    }

    /** A column's name, or without a header its number from 1; {@code column} counts from 0. */
    String name(int column) {
        return names.isEmpty() ? String.valueOf(column + 1) : names.get(column);
    }

    /** One line that points at a cell; {@code column} counts from 0. */
    IllegalArgumentException problem(int line, int column, String what, String expected, String remedy) {
        return new IllegalArgumentException(file + ": line " + line + ", " + describe(column) + ": " + what
                + " (expected: " + expected + "); " + remedy);
    }

    /** A cell as errors show it: on one line, and not all of a long one. */
    static String shown(String cell) {
        if (cell.isEmpty()) {
            return "empty";
        }
        String line = cell.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= MOST_SHOWN ? line : line.substring(0, MOST_SHOWN) + "...";
    }

    /** Words as errors list them. */
    static String listed(List<String> words) {
        String rest = words.size() > MOST_LISTED ? ", ... (" + words.size() + " in all)" : "";
        return words.stream().limit(MOST_LISTED).map(CsvColumns::shown).collect(Collectors.joining(", ")) + rest;
    }

    /** A column as errors call it; {@code column} counts from 0. */
    String describe(int column) {
        return "column " + (column + 1) + (names.isEmpty() ? "" : " (\"" + shown(names.get(column)) + "\")");
    }

    /**
     * Index of a column, from 0.
     *
     * @param option said in errors
     * @param column its name, or its number
     * @throws IllegalArgumentException when there is no such column, or there are several
     */
    int find(String option, String column) {
        int named = Collections.frequency(names, column);
        if (named > 1) {
            throw new IllegalArgumentException(file + ": " + option + ": " + column + " names " + named
                    + " columns (expected: one); give the column's number");
        }
        if (named == 1) {
            return names.indexOf(column);
        }
        try {
            int number = Integer.parseInt(column.strip());
            if (number != 0 && Math.abs((long) number) <= count) {
                return number > 0 ? number - 1 : count + number;
            }
        } catch (NumberFormatException _) {
            // neither a name nor a number: falls through to the error that lists what there is
        }
        List<String> known = new ArrayList<>();
        if (!names.isEmpty()) {
            known.add("one of the names " + listed(names));
        }
        known.add("a number from 1 to " + count + " or from -1 to -" + count);
        throw new IllegalArgumentException(
                file + ": " + option + ": " + shown(column) + " (expected: " + String.join(", or ", known)
                        + "); correct the column" + (names.isEmpty() ? " or set header to true" : ""));
    }
}
