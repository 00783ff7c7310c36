package millrace.nn.data;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import millrace.nn.tensor.Tensor;

/**
 * Turns the cells of a label column into labels. Where no classes are given, a cell gets a preliminary number at its
 * first occurrence, and the final one when all classes are known and sorted.
 */
final class ClassLabels {
    private static final double EXACT_INTEGERS = 0x1p53;

    private final CsvColumns columns;
    private final List<String> given;
    private final Map<String, Integer> byCell = new HashMap<>();
    private final Map<String, Integer> byName = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final IntStream.Builder labels = IntStream.builder();

    /** @param given names of the classes by label; empty: the distinct cells, sorted */
    ClassLabels(CsvColumns columns, List<String> given) {
        this.columns = columns;
        this.given = given;
    }

    /** @throws IllegalArgumentException when the cell is no class label, or not one of the given classes */
    void add(int line, String cell) {
        Integer label = byCell.get(cell);
        if (label == null) {
            label = given.isEmpty() ? preliminary(name(line, cell)) : find(line, cell);
            byCell.put(cell, label);
        }
        labels.add(label);
    }

    /** Names of the classes by label. */
    List<String> classes() {
        return given.isEmpty() ? names.stream().sorted(order()).toList() : given;
    }

    /** I32 [n]; call it once, after the last cell. */
    Tensor targets() {
        int[] found = labels.build().toArray();
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
        return Tensor.labels(Arena.ofAuto(), found);
    }

    /** Integers have one name however they are written, as 1, 01 or 1.0; other numbers are no labels. */
    private String name(int line, String cell) {
        if (!CsvNumber.is(cell)) {
            if (cell.isEmpty()) {
                throw problem(line, cell, "fill the cell or remove the row");
            }
            return cell;
        }
        double value = CsvNumber.parse(cell);
        if (value != Math.rint(value) || Math.abs(value) > EXACT_INTEGERS) {
            throw problem(line, cell, "correct the cell, name another label column or choose task regression");
        }
        return Long.toString((long) value);
    }

    private IllegalArgumentException problem(int line, String cell, String remedy) {
        String expected = "a class label, a word or an integer";
        return columns.problem(line, columns.label(), CsvColumns.shown(cell), expected, remedy);
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
        if (isInteger(name)) {
            long number = Long.parseLong(name);
            if (number >= 0 && number < given.size()) {
                return (int) number;
            }
        }
        throw columns.problem(
                line,
                columns.label(),
                "label out of range: " + CsvColumns.shown(cell),
                "0 to " + (given.size() - 1) + ", or one of the classes " + CsvColumns.listed(given),
                "correct the label or name all classes");
    }

    private Comparator<String> order() {
        return names.stream().allMatch(ClassLabels::isInteger)
                ? Comparator.comparingLong(Long::parseLong)
                : Comparator.naturalOrder();
    }

    /** Of a name, which {@link #name} has brought into one form. */
    private static boolean isInteger(String name) {
        return CsvNumber.is(name);
    }
}
