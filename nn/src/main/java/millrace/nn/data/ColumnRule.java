package millrace.nn.data;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * How the cells of one feature column of a table become numbers.
 *
 * @param column its name in the header, or its number as in {@link CsvOptions}
 * @param kind what its cells are
 * @param missing what stands in for a value that is not there
 * @param flag whether a further number tells that there was no value: 1, otherwise 0
 * @param unknown what becomes of a category that the training data does not have
 * @param format of a date, as {@link DateTimeFormatter} has it; empty for ISO 8601: 2026-11-29, 2026-11-29T07:30
 * @param parts of a date that become numbers
 */
public record ColumnRule(
        String column, Kind kind, Missing missing, boolean flag, Unknown unknown, String format, List<DatePart> parts) {
    /** What the cells of a column are. */
    public enum Kind {
        /** Numbers, which stay what they are. */
        NUMBER,
        /** Words or numbers, each of which becomes a number of its own that is 1 where it stands (one-hot). */
        CATEGORY,
        /** Dates or times, whose parts become numbers. */
        DATE
    }

    /** What stands in for a value that is not there; figures are those of the training data. */
    public enum Missing {
        /** Nothing: it is an error. */
        REFUSE,
        /** 0; of a category, none. */
        ZERO,
        /** The mean; not for categories. */
        MEAN,
        /** The median; not for categories. */
        MEDIAN,
        /** The most frequent one; of several the smallest, of categories the first. */
        MOST_FREQUENT
    }

    /** What becomes of a category that the training data does not have. */
    public enum Unknown {
        /** It is an error. */
        REFUSE,
        /** It is none of the known ones: all of their numbers are 0. */
        ZERO
    }

    /** A part of a date that becomes a number. */
    public enum DatePart {
        /** As 2026. */
        YEAR,
        /** 1 to 12. */
        MONTH,
        /** Of the month, 1 to 31. */
        DAY,
        /** 1 for Monday to 7 for Sunday. */
        WEEKDAY,
        /** 1 to 366. */
        DAY_OF_YEAR,
        /** 0 to 23. */
        HOUR,
        /** 0 to 59. */
        MINUTE,
        /** 0 to 59. */
        SECOND,
        /** Days since the first of January 1970, with fractions. */
        DAYS;

        double of(LocalDateTime time) {
            return switch (this) {
                case YEAR -> time.getYear();
                case MONTH -> time.getMonthValue();
                case DAY -> time.getDayOfMonth();
                case WEEKDAY -> time.getDayOfWeek().getValue();
                case DAY_OF_YEAR -> time.getDayOfYear();
                case HOUR -> time.getHour();
                case MINUTE -> time.getMinute();
                case SECOND -> time.getSecond();
                case DAYS ->
                    time.toLocalDate().toEpochDay() + time.toLocalTime().toSecondOfDay() / 86_400.0;
            };
        }
    }

    /** The parts of a date that are taken where none are named. */
    public static final List<DatePart> PARTS = List.of(DatePart.YEAR, DatePart.MONTH, DatePart.DAY);

    /**
     * Checks that the parts of the rule fit together.
     *
     * @throws IllegalArgumentException on a mean of categories, a format that is none, or a date without parts
     */
    public ColumnRule {
        parts = List.copyOf(parts);
        boolean averaged = missing == Missing.MEAN || missing == Missing.MEDIAN;
        if (kind == Kind.CATEGORY && averaged) {
            throw new IllegalArgumentException("column " + column + ": missing: "
                    + missing.name().toLowerCase(Locale.ROOT)
                    + " (expected: refuse, zero or most-frequent, categories have no mean)");
        }
        if (kind == Kind.DATE && parts.isEmpty()) {
            throw new IllegalArgumentException(
                    "column " + column + ": parts: none (expected: 1 or more parts of the date)");
        }
        if (!format.isEmpty()) {
            try {
                var _ = DateTimeFormatter.ofPattern(format, Locale.ENGLISH);
            } catch (IllegalArgumentException | DateTimeException e) {
                throw new IllegalArgumentException(
                        "column " + column + ": format: " + format
                                + " (expected: a pattern of a date, as dd.MM.yyyy HH:mm: " + e.getMessage() + ")",
                        e);
            }
        }
    }

    /** Numbers, none of which may be missing. */
    public static ColumnRule number(String column) {
        return new ColumnRule(column, Kind.NUMBER, Missing.REFUSE, false, Unknown.REFUSE, "", List.of());
    }

    /** Categories, none of which may be missing or unknown. */
    public static ColumnRule category(String column) {
        return new ColumnRule(column, Kind.CATEGORY, Missing.REFUSE, false, Unknown.REFUSE, "", List.of());
    }

    /** Dates in ISO 8601, none of which may be missing. */
    public static ColumnRule date(String column, DatePart... parts) {
        List<DatePart> wanted = parts.length == 0 ? PARTS : List.of(parts);
        return new ColumnRule(column, Kind.DATE, Missing.REFUSE, false, Unknown.REFUSE, "", wanted);
    }

    /**
     * The same with something in place of values that are not there.
     *
     * @param flagged whether a further number tells that there was none
     */
    public ColumnRule withMissing(Missing other, boolean flagged) {
        return new ColumnRule(column, kind, other, flagged, unknown, format, parts);
    }

    /** The same with something else done about categories that the training data does not have. */
    public ColumnRule withUnknown(Unknown other) {
        return new ColumnRule(column, kind, missing, flag, other, format, parts);
    }

    /** The same with dates written in another way. */
    public ColumnRule withFormat(String pattern) {
        return new ColumnRule(column, kind, missing, flag, unknown, pattern, parts);
    }

    /** The same of a column of that name. */
    ColumnRule named(String name) {
        return new ColumnRule(name, kind, missing, flag, unknown, format, parts);
    }
}
