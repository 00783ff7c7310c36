package millrace.nn.data;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import millrace.nn.data.ColumnRule.DatePart;
import millrace.nn.data.ColumnRule.Kind;

/**
 * A feature column with what was learnt about it from the training data.
 *
 * @param rule how its cells become numbers
 * @param categories that the training data has, sorted; empty for other kinds
 * @param fill the value that stands in for one that is not there, as it is before it is turned into numbers: of a category its
 *     place, of a date seconds since 1970; NaN where there is none
 */
public record Feature(ColumnRule rule, List<String> categories, double fill) {
    /** Copies the list. */
    public Feature {
        categories = List.copyOf(categories);
    }

    /** The column's name, or its number where the file has no names. */
    public String column() {
        return rule.column();
    }

    /** Numbers that a cell becomes. */
    public int width() {
        int values = switch (rule.kind()) {
            case NUMBER -> 1;
            case CATEGORY -> categories.size();
            case DATE -> rule.parts().size();
        };
        return values + (rule.flag() ? 1 : 0);
    }

    /** Names of the numbers that a cell becomes. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        switch (rule.kind()) {
            case NUMBER -> names.add(column());
            case CATEGORY -> categories.forEach(category -> names.add(column() + " = " + category));
            case DATE -> rule.parts().forEach(part -> names.add(column() + " " + word(part)));
        }
        if (rule.flag()) {
            names.add(column() + " is missing");
        }
        return names;
    }

    /** How many of the first numbers are quantities, which may be shifted and scaled; the rest are 0 or 1. */
    int quantities() {
        return switch (rule.kind()) {
            case NUMBER -> 1;
            case CATEGORY -> 0;
            case DATE -> rule.parts().size();
        };
    }

    /**
     * Turns a value into numbers.
     *
     * @param value as {@link #fill} is; NaN for none
     */
    void encode(double value, double[] into, int at) {
        boolean isMissing = Double.isNaN(value);
        double known = isMissing ? fill : value;
        int next = at;
        switch (rule.kind()) {
            case NUMBER -> into[next++] = Double.isNaN(known) ? 0 : known;
            case CATEGORY -> {
                for (int c = 0; c < categories.size(); c++) {
                    into[next++] = c == known ? 1 : 0;
                }
            }
            case DATE -> {
                LocalDateTime time = Double.isNaN(known)
                        ? LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC)
                        : LocalDateTime.ofEpochSecond((long) known, 0, ZoneOffset.UTC);
                for (DatePart part : rule.parts()) {
                    into[next++] = Double.isNaN(known) ? 0 : part.of(time);
                }
            }
        }
        if (rule.flag()) {
            into[next] = isMissing ? 1 : 0;
        }
    }

    /** Whether its values are places in a list of categories. */
    boolean isCategory() {
        return rule.kind() == Kind.CATEGORY;
    }

    private static String word(DatePart part) {
        return part.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
