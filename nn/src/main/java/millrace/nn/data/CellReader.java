package millrace.nn.data;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import millrace.nn.data.ColumnRule.Kind;
import millrace.nn.data.ColumnRule.Missing;
import millrace.nn.data.ColumnRule.Unknown;

/**
 * Reads the cells of one feature column: a number, seconds of a date since 1970, or the place of a category; NaN where there is
 * no value. Where categories are not known, they get places in the order of their first occurrence.
 */
final class CellReader {
    /** Place of a category that is none of the known ones. */
    static final double NO_CATEGORY = -1;

    /** What a column is read for. */
    enum Purpose {
        FEATURE,
        TARGET,
        WEIGHT;

        /** What else can be done about a cell of it than to correct it or to remove the row. */
        private String remedy(String ofFeature) {
            return switch (this) {
                case FEATURE -> ofFeature;
                case TARGET -> " or name another label column";
                case WEIGHT -> " or name another weight column";
            };
        }
    }

    private static final DateTimeFormatter ISO = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart()
            .appendPattern("['T'][' ']")
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .optionalEnd()
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    private final CsvColumns columns;
    private final int column;
    private final ColumnRule rule;
    private final CsvFormat format;
    private final MissingCells missing;
    private final DateTimeFormatter dates;
    private final Purpose purpose;
    private final boolean knows;
    private final Map<String, Integer> places = new HashMap<>();
    private final List<String> categories = new ArrayList<>();

    /**
     * @param column counts from 0
     * @param known categories; empty where they are to be found
     */
    CellReader(CsvColumns columns, int column, ColumnRule rule, CsvFormat format, List<String> known) {
        this(columns, column, rule, format, known, Purpose.FEATURE);
    }

    /** Of a column of plain numbers for which nothing can stand in. */
    CellReader(CsvColumns columns, int column, CsvFormat format, Purpose purpose) {
        this(columns, column, ColumnRule.number(columns.name(column)), format, List.of(), purpose);
    }

    private CellReader(
            CsvColumns columns, int column, ColumnRule rule, CsvFormat format, List<String> known, Purpose purpose) {
        this.columns = columns;
        this.column = column;
        this.rule = rule;
        this.format = format;
        this.missing = format.missingCells();
        this.dates = rule.format().isEmpty() ? ISO : strict(rule.format());
        this.purpose = purpose;
        this.knows = !known.isEmpty();
        known.forEach(this::place);
    }

    /** A date that no calendar has, as the 31st of February, is none; strictly a year without an era is u and not y. */
    private static DateTimeFormatter strict(String format) {
        String pattern = format.contains("G") ? format : format.replace('y', 'u');
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
    }

    /**
     * Sorts the categories, numbers as numbers and words as words, and gives the values that were read their new places.
     *
     * @param at column of the values
     * @return the categories in the order of their places; empty for other columns
     */
    List<String> sortPlaces(RowBlocks values, int at) {
        if (knows || rule.kind() != Kind.CATEGORY) {
            return List.copyOf(categories);
        }
        Comparator<String> order = categories.stream().allMatch(category -> CsvNumber.is(category, '.'))
                ? Comparator.comparingDouble(category -> CsvNumber.parse(category, '.'))
                : Comparator.naturalOrder();
        List<String> sorted = categories.stream().sorted(order).toList();
        Map<String, Integer> ranks = new HashMap<>();
        sorted.forEach(category -> ranks.put(category, ranks.size()));
        for (int row = 0; row < values.rows(); row++) {
            double place = values.get(row, at);
            if (!Double.isNaN(place)) {
                values.set(row, at, ranks.getOrDefault(categories.get((int) place), 0));
            }
        }
        return sorted;
    }

    /** @throws IllegalArgumentException when the cell is nothing of the kind, with its line and column */
    double read(int line, String cell) {
        if (missing.contains(cell)) {
            if (rule.missing() != Missing.REFUSE || (rule.kind() == Kind.CATEGORY && rule.flag())) {
                return Double.NaN;
            }
            throw problem(
                    line,
                    cell,
                    (cell.isEmpty() ? "fill" : "correct") + " the cell, remove the row"
                            + purpose.remedy(", drop the column or say what stands in for it"));
        }
        return switch (rule.kind()) {
            case NUMBER -> number(line, cell);
            case CATEGORY -> category(line, cell);
            case DATE -> date(line, cell);
        };
    }

    private double number(int line, String cell) {
        try {
            double value = CsvNumber.parse(cell, format.decimal());
            if (Float.isFinite((float) value)) {
                return purpose == Purpose.WEIGHT ? weight(line, cell, value) : value;
            }
        } catch (NumberFormatException _) {
            throw problem(
                    line,
                    cell,
                    "correct the cell" + (hasOtherDecimalSign(cell) ? ", set decimal" : "")
                            + purpose.remedy(", drop the column or read it as a category"));
        }
        throw columns.problem(
                line,
                column,
                CsvColumns.shown(cell),
                "a finite number",
                "correct the cell, remove the row" + purpose.remedy(" or drop the column"));
    }

    private boolean hasOtherDecimalSign(String cell) {
        return CsvNumber.is(cell, format.decimal() == '.' ? ',' : '.');
    }

    /** A weight that is too small for a float32 would count for nothing. */
    private double weight(int line, String cell, double value) {
        if (value == 0 || value >= Float.MIN_NORMAL) {
            return value;
        }
        throw columns.problem(
                line,
                column,
                CsvColumns.shown(cell),
                value < 0 ? "0 or more, it is the weight of a sample" : "0, or at least " + Float.MIN_NORMAL,
                "correct the cell, remove the row" + purpose.remedy(""));
    }

    private double category(int line, String quoted) {
        String cell = quoted.strip();
        // numbers have one name however they are written
        OptionalDouble number = CsvNumber.find(cell, format.decimal());
        String name = number.isPresent() ? canonical(number.getAsDouble()) : cell;
        Integer known = places.get(name);
        if (known == null && knows) {
            if (rule.unknown() == Unknown.ZERO) {
                return NO_CATEGORY;
            }
            throw columns.problem(
                    line,
                    column,
                    CsvColumns.shown(cell),
                    "one of the categories " + CsvColumns.listed(categories),
                    "correct the cell, or train with unknown = zero");
        }
        return known == null ? place(name) : known;
    }

    private static String canonical(double value) {
        return value == Math.rint(value) && Math.abs(value) < 0x1p53
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private int place(String category) {
        places.put(category, categories.size());
        categories.add(category);
        return categories.size() - 1;
    }

    private double date(int line, String cell) {
        try {
            TemporalAccessor found = dates.parseBest(cell, LocalDateTime::from, LocalDate::from);
            LocalDateTime time = found instanceof LocalDateTime exact ? exact : ((LocalDate) found).atStartOfDay();
            return time.toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeException _) {
            throw problem(line, cell, "correct the cell or set the format of the column's dates");
        }
    }

    private IllegalArgumentException problem(int line, String cell, String remedy) {
        String expected = switch (rule.kind()) {
            case NUMBER -> format.isNumber(cell) ? "a finite number" : "a number";
            case CATEGORY -> "a category";
            case DATE -> "a date as " + (rule.format().isEmpty() ? "2026-11-29 or 2026-11-29T07:30" : rule.format());
        };
        return columns.problem(line, column, CsvColumns.shown(cell), expected, remedy);
    }
}
