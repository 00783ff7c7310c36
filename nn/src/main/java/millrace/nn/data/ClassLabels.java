package millrace.nn.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;

/**
 * Turns the cells of a label column into labels. Where no classes are given, a cell gets a preliminary number at its
 * first occurrence, and the final one when all classes are known and sorted.
 */
final class ClassLabels {
    private static final double EXACT_INTEGERS = 0x1p53;
    private static final String MISSING =
            "correct the cell, remove the row, or if it is a class, leave the word out of what counts as missing";

    private final CsvColumns columns;
    private final int column;
    private final CsvFormat format;
    private final MissingCells missing;
    private final List<String> given;
    private final boolean byNumber;
    private final Map<String, Integer> byCell = new HashMap<>();
    private final Map<String, Integer> byName = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private int[] labels = new int[64];
    private int rows;

    /**
     * @param column of the labels, from 0
     * @param given names of the classes by label; empty: the distinct cells, sorted
     */
    ClassLabels(CsvColumns columns, int column, CsvFormat format, List<String> given) {
        this.columns = columns;
        this.column = column;
        this.format = format;
        this.missing = format.missingCells();
        this.given = given;
        // where classes are numbers themselves, a number that is none of them is not the place of another one
        this.byNumber = given.stream().noneMatch(format::isNumber);
    }

    /** @throws IllegalArgumentException when the cell is no class label, or not one of the given classes */
    void add(int line, String quoted) {
        // blanks within quotes do not make another class
        String cell = quoted.strip();
        Integer label = byCell.get(cell);
        if (label == null) {
            label = given.isEmpty() ? preliminary(name(line, cell)) : find(line, cell);
            byCell.put(cell, label);
        }
        if (rows == labels.length) {
            labels = Arrays.copyOf(labels, rows * 2);
        }
        labels[rows++] = label;
    }

    /** Names of the classes by label. */
    List<String> classes() {
        return given.isEmpty() ? names.stream().sorted(order()).toList() : given;
    }

    /** The labels by row; call it once, after the last cell. */
    int[] numbers() {
        int[] found = Arrays.copyOf(labels, rows);
        if (given.isEmpty()) {
            List<String> sorted = classes();
            Map<String, Integer> ranks = HashMap.newHashMap(sorted.size());
            for (String name : sorted) {
                ranks.put(name, ranks.size());
            }
            int[] ranked = names.stream().mapToInt(ranks::get).toArray();
            for (int i = 0; i < found.length; i++) {
                found[i] = ranked[found[i]];
            }
        }
        return found;
    }

    /** Integers have one name however they are written, as 1, 01 or 1.0; other numbers are no labels. */
    private String name(int line, String cell) {
        if (missing.contains(cell) && !isNan(cell)) {
            throw problem(line, cell, cell.isEmpty() ? "fill the cell or remove the row" : MISSING);
        }
        if (!format.isNumber(cell)) {
            return cell;
        }
        double value = CsvNumber.parse(cell, format.decimal());
        if (value != Math.rint(value) || Math.abs(value) > EXACT_INTEGERS) {
            throw problem(line, cell, "correct the cell, name another label column or choose task regression");
        }
        return Long.toString((long) value);
    }

    /**
     * Whether the first cell looks like the name of the column, and not like a label: the only word among numbers, the only one
     * of several words that occurs once, or a number that occurs once and is far from all others.
     */
    boolean beginsWithAName() {
        if (!given.isEmpty() || names.size() < 2) {
            return false;
        }
        List<String> others = names.subList(1, names.size());
        boolean numbers = others.stream().allMatch(ClassLabels::isInteger);
        if (isInteger(names.getFirst())) {
            return numbers && isAlone(others) && isFar(names.getFirst(), others);
        }
        return numbers || isAlone(others);
    }

    /** Whether the first class has one row, and each of several others has more. */
    private boolean isAlone(List<String> others) {
        long[] counts = new long[names.size()];
        for (int row = 0; row < rows; row++) {
            counts[labels[row]]++;
        }
        return others.size() > 1
                && counts[0] == 1
                && Arrays.stream(counts, 1, counts.length).allMatch(n -> n > 1);
    }

    /** Whether a number is farther from the others than they are from each other: 2021 beside 0 and 1, not 2. */
    private static boolean isFar(String first, List<String> others) {
        LongSummaryStatistics range = others.stream().mapToLong(Long::parseLong).summaryStatistics();
        long number = Long.parseLong(first);
        return Math.max(range.getMin() - number, number - range.getMax()) > range.getMax() - range.getMin() + 1;
    }

    private boolean isNan(String cell) {
        return format.isNumber(cell) && Double.isNaN(CsvNumber.parse(cell, format.decimal()));
    }

    private IllegalArgumentException problem(int line, String cell, String remedy) {
        String expected = "a class label, a word or an integer";
        return columns.problem(line, column, CsvColumns.shown(cell), expected, remedy);
    }

    private int preliminary(String name) {
        Integer known = byName.putIfAbsent(name, names.size());
        if (known != null) {
            return known;
        }
        names.add(name);
        return names.size() - 1;
    }

    private int find(int line, String cell) {
        int index = given.indexOf(cell);
        if (index >= 0) {
            return index;
        }
        String name = name(line, cell);
        index = given.indexOf(name);
        if (index >= 0) {
            return index;
        }
        if (byNumber && isInteger(name)) {
            long number = Long.parseLong(name);
            if (number >= 0 && number < given.size()) {
                return (int) number;
            }
        }
        throw columns.problem(
                line,
                column,
                "label out of range: " + CsvColumns.shown(cell),
                (byNumber ? "0 to " + (given.size() - 1) + ", or " : "") + "one of the classes "
                        + CsvColumns.listed(given),
                "correct the label or name all classes");
    }

    private Comparator<String> order() {
        return names.stream().allMatch(ClassLabels::isInteger)
                ? Comparator.comparingLong(Long::parseLong)
                : Comparator.naturalOrder();
    }

    /** Of a name, which {@link #name} has brought into one form. */
    private static boolean isInteger(String name) {
        return CsvNumber.is(name, '.');
    }
}
