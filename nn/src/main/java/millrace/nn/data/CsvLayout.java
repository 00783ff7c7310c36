package millrace.nn.data;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Which columns of one CSV file are features, by which rules, which are labels, and which is the samples' weight; all columns
 * count from 0.
 *
 * @param features in the order in which the network sees them
 * @param rules one a feature
 * @param labels empty where the file is read without
 * @param weight empty where samples have none, or the file is read without labels
 */
record CsvLayout(List<Integer> features, List<ColumnRule> rules, List<Integer> labels, Optional<Integer> weight) {
    /**
     * Of a file that is trained with.
     *
     * @throws IllegalArgumentException when a column of the options is unknown or has two purposes, or no feature is left
     */
    static CsvLayout of(String file, CsvColumns columns, CsvOptions options) {
        List<Integer> labels = options.labels().stream()
                .map(label -> columns.find("label", label))
                .toList();
        BitSet dropped = new BitSet();
        for (String column : options.drop()) {
            dropped.set(columns.find("drop", column));
        }
        Map<Integer, String> purposes = new HashMap<>();
        for (int label : labels) {
            if (purposes.put(label, "label") != null) {
                throw new IllegalArgumentException(file + ": label: " + columns.describe(label)
                        + " is named twice (expected: each column once); leave one out");
            }
        }
        Optional<Integer> weight = options.weight().map(column -> columns.find("weight", column));
        weight.ifPresent(column -> {
            if (purposes.put(column, "weight") != null) {
                throw new IllegalArgumentException(file + ": weight: " + columns.describe(column)
                        + " is the label (expected: another column); name the one that says what a sample counts");
            }
        });
        purposes.forEach((column, purpose) -> {
            if (dropped.get(column)) {
                throw new IllegalArgumentException(file + ": drop: " + columns.describe(column) + " is the " + purpose
                        + " (expected: other columns); name another " + purpose + " or do not drop it");
            }
        });
        Map<Integer, ColumnRule> rules = new HashMap<>();
        for (ColumnRule rule : options.columns()) {
            int column = columns.find("columns", rule.column());
            if (dropped.get(column) || purposes.containsKey(column)) {
                throw new IllegalArgumentException(file + ": columns: " + columns.describe(column) + " is "
                        + (dropped.get(column) ? "dropped" : "the " + purposes.get(column))
                        + " (expected: a feature); leave out its rule");
            }
            if (rules.put(column, rule) != null) {
                throw new IllegalArgumentException(file + ": columns: " + columns.describe(column)
                        + " has two rules (expected: one a column); leave one out");
            }
        }
        List<Integer> features = IntStream.range(0, columns.count())
                .filter(column -> !purposes.containsKey(column) && !dropped.get(column))
                .boxed()
                .toList();
        if (features.isEmpty()) {
            throw new IllegalArgumentException(file + ": feature columns: 0 of " + columns.count()
                    + " (expected: 1 or more beside the label); drop fewer columns, or set the separator");
        }
        Stream.concat(features.stream(), purposes.keySet().stream())
                .forEach(column -> requireOneName(file, columns, column));
        return new CsvLayout(
                features,
                features.stream()
                        .map(column ->
                                rules.getOrDefault(column, options.others()).named(columns.name(column)))
                        .toList(),
                labels,
                weight);
    }

    /** Other files could not be read by a name that two columns have. */
    private static void requireOneName(String file, CsvColumns columns, int column) {
        int named = Collections.frequency(columns.names(), columns.name(column));
        if (named > 1) {
            throw new IllegalArgumentException(file + ": header: " + CsvColumns.shown(columns.name(column)) + " names "
                    + named + " columns (expected: each name once); rename one, or drop them by their numbers");
        }
    }

    /**
     * Of another file than the one that was trained with.
     *
     * @param labelled whether its labels are read too
     * @throws IllegalArgumentException when a column is missing
     */
    static CsvLayout of(String file, CsvColumns columns, CsvOptions options, TableSchema schema, boolean labelled) {
        List<ColumnRule> rules = schema.features().stream().map(Feature::rule).toList();
        if (!columns.names().isEmpty() && schema.named()) {
            List<String> weight = schema.weight().stream().toList();
            return new CsvLayout(
                    found(file, columns, schema.columns(), "features"),
                    rules,
                    labelled ? found(file, columns, schema.labels(), "labels") : List.of(),
                    labelled ? found(file, columns, weight, "weight").stream().findAny() : Optional.empty());
        }
        if (labelled && schema.named()) {
            throw new IllegalArgumentException(file + ": no header (expected: one with "
                    + CsvColumns.listed(schema.columns()) + " and " + CsvColumns.listed(schema.labels())
                    + "); add the header that the training file has");
        }
        List<Integer> features = IntStream.range(0, columns.count()).boxed().toList();
        List<Integer> labels = List.of();
        Optional<Integer> weight = Optional.empty();
        if (labelled) {
            CsvLayout same = of(file, columns, options);
            features = same.features;
            labels = same.labels;
            weight = same.weight;
        }
        if (features.size() != rules.size()) {
            String names = schema.named() ? ": " + CsvColumns.listed(schema.columns()) : "";
            throw new IllegalArgumentException(file + ": " + features.size() + " columns (expected: " + rules.size()
                    + names + ", the model's input"
                    + (labelled ? "" : schema.weight().isPresent() ? ", without label and weight" : ", without a label")
                    + "); correct the rows"
                    + (schema.named() ? " or add a header, by which columns are found" : ""));
        }
        return new CsvLayout(features, rules, labels, weight);
    }

    /** What is there beside is of no concern: the label, dropped columns, others. */
    private static List<Integer> found(String file, CsvColumns columns, List<String> wanted, String what) {
        List<Integer> found = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String name : wanted) {
            if (columns.names().contains(name)) {
                found.add(columns.find(what, name));
            } else {
                missing.add(name);
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(file + ": columns " + CsvColumns.listed(columns.names()) + " (expected: "
                    + CsvColumns.listed(wanted) + ", the " + what + " that the model was trained with); there is no "
                    + missing.stream().map(CsvColumns::shown).collect(Collectors.joining(", "))
                    + ", correct the header or add what is missing");
        }
        return found;
    }
}
