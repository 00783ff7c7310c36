package millrace.nn.data;

import java.util.Locale;

/** What counts as a number in a CSV file: decimal, with or without exponent, and the words for NaN and infinity. */
final class CsvNumber {
    private CsvNumber() {}

    static boolean is(String cell) {
        try {
            parse(cell);
            return true;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    /**
     * The value, NaN and infinities included, so that the caller can tell them from a word.
     *
     * @throws NumberFormatException when the cell is no number
     */
    static double parse(String cell) {
        if (isDecimal(cell)) {
            return Double.parseDouble(cell);
        }
        return switch (cell.toLowerCase(Locale.ROOT)) {
            case "nan", "+nan", "-nan" -> Double.NaN;
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw new NumberFormatException(cell);
        };
    }

    /** Keeps out what only Java takes for numbers: 1f, 1d, 0x1p3. */
    private static boolean isDecimal(String cell) {
        if (cell.isEmpty() || cell.indexOf('x') >= 0 || cell.indexOf('X') >= 0) {
            return false;
        }
        char last = cell.charAt(cell.length() - 1);
        return last == '.' || (last >= '0' && last <= '9');
    }
}
