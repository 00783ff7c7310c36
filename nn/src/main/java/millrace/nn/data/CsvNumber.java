package millrace.nn.data;

import java.util.Locale;
import java.util.OptionalDouble;

/** What counts as a number in a CSV file: decimal, with or without exponent, and the words for NaN and infinity. */
final class CsvNumber {
    private static final int LONGEST_WORD = "-infinity".length();

    private CsvNumber() {}

    static boolean is(String cell, char decimal) {
        return find(cell, decimal).isPresent();
    }

    /**
     * The value, NaN and infinities included, so that the caller can tell them from a word.
     *
     * @param decimal what stands before the fraction: a point or a comma
     * @throws NumberFormatException when the cell is no number
     */
    static double parse(String cell, char decimal) {
        return find(cell, decimal).orElseThrow(() -> new NumberFormatException(cell));
    }

    /** The value, if the cell is a number. Words are the rule in many columns, so they cost no exception. */
    static OptionalDouble find(String cell, char decimal) {
        if (mayBeDecimal(cell)) {
            try {
                return OptionalDouble.of(Double.parseDouble(decimal == '.' ? cell : withPoint(cell, decimal)));
            } catch (NumberFormatException _) {
                return OptionalDouble.empty();
            }
        }
        return cell.length() > LONGEST_WORD ? OptionalDouble.empty() : word(cell);
    }

    private static OptionalDouble word(String cell) {
        return switch (cell.toLowerCase(Locale.ROOT)) {
            case "nan", "+nan", "-nan" -> OptionalDouble.of(Double.NaN);
            case "inf", "+inf", "infinity", "+infinity" -> OptionalDouble.of(Double.POSITIVE_INFINITY);
            case "-inf", "-infinity" -> OptionalDouble.of(Double.NEGATIVE_INFINITY);
            default -> OptionalDouble.empty();
        };
    }

    /** A point beside a decimal comma could only group digits, as in 1.234,5, and a file that mixes both is not trusted. */
    private static String withPoint(String cell, char decimal) {
        if (cell.indexOf('.') >= 0) {
            throw new NumberFormatException(cell);
        }
        return cell.replace(decimal, '.');
    }

    /** Keeps out words, and what only Java takes for numbers: 1f, 1d, 0x1p3. */
    private static boolean mayBeDecimal(String cell) {
        if (cell.isEmpty() || cell.indexOf('x') >= 0 || cell.indexOf('X') >= 0) {
            return false;
        }
        char first = cell.charAt(0);
        char last = cell.charAt(cell.length() - 1);
        // a quoted cell may begin with blanks
        return (isDigitOrPoint(first) || first == '+' || first == '-' || first <= ' ') && isDigitOrPoint(last);
    }

    private static boolean isDigitOrPoint(char letter) {
        return (letter >= '0' && letter <= '9') || letter == '.' || letter == ',';
    }
}
