package millrace.nn.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a network learnt of the table that it was trained with: which columns it sees and in which order, how their cells become
 * numbers, and what it predicts. Other files are read by it, so that their columns are found by name and mean the same.
 *
 * @param features the columns that the network sees, in its order
 * @param named whether columns are found by name; otherwise the file had no header, and their order counts
 * @param labels the columns that it predicts, by name, or where there is no header by number
 * @param weight the same of the column that says what each sample counts; empty: all count alike
 * @param task what kind of values they hold
 * @param classes names of the classes by label; empty for a regression
 */
public record TableSchema(
        List<Feature> features,
        boolean named,
        List<String> labels,
        Optional<String> weight,
        CsvOptions.Task task,
        List<String> classes) {
    /** Copies the lists. */
    public TableSchema {
        features = List.copyOf(features);
        labels = List.copyOf(labels);
        classes = List.copyOf(classes);
    }

    /** Of so many plain numbers without names. */
    public static TableSchema ofNumbers(int features) {
        List<Feature> numbers = new ArrayList<>();
        for (int i = 1; i <= features; i++) {
            numbers.add(new Feature(ColumnRule.number(String.valueOf(i)), List.of(), Double.NaN));
        }
        return new TableSchema(numbers, false, List.of(), Optional.empty(), CsvOptions.Task.REGRESSION, List.of());
    }

    /** Numbers that a row becomes: the network's input. */
    public int width() {
        return features.stream().mapToInt(Feature::width).sum();
    }

    /** Names of the numbers that a row becomes. */
    public List<String> names() {
        return features.stream().flatMap(feature -> feature.names().stream()).toList();
    }

    /** Whether all of its columns are numbers. */
    boolean holdsNumbersAlone() {
        return features.stream().allMatch(feature -> feature.rule().kind() == ColumnRule.Kind.NUMBER);
    }

    /** Whether a column that is read has this name. */
    boolean hasColumn(String name) {
        return columns().contains(name)
                || labels.contains(name)
                || weight.filter(name::equals).isPresent();
    }

    /** The columns that the network sees, by name. */
    List<String> columns() {
        return features.stream().map(Feature::column).toList();
    }

    /** Which of a row's numbers are quantities, which may be shifted and scaled; the rest are 0 or 1. */
    boolean[] quantities() {
        boolean[] quantities = new boolean[width()];
        int at = 0;
        for (Feature feature : features) {
            for (int i = 0; i < feature.quantities(); i++) {
                quantities[at + i] = true;
            }
            at += feature.width();
        }
        return quantities;
    }

    /**
     * Turns a row's values into numbers.
     *
     * @param values one a feature, as {@link Feature#encode} takes them
     * @param into as many as {@link #width}
     */
    void encode(double[] values, double[] into) {
        int at = 0;
        for (int i = 0; i < features.size(); i++) {
            features.get(i).encode(values[i], into, at);
            at += features.get(i).width();
        }
    }
}
