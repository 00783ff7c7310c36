package millrace.nn.data;

import java.util.Locale;

/** What counts as a number in a CSV file: decimal, with or without exponent, and the words for NaN and infinity. */
final class CsvNumber {
    private CsvNumber() {}

    static boolean is(String cell, char decimal) {
        try {
            parse(cell, decimal);
            return true;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    /**
     * The value, NaN and infinities included, so that the caller can tell them from a word.
     *
     * @param decimal what stands before the fraction: a point or a comma
     * @throws NumberFormatException when the cell is no number
     */
    static double parse(String cell, char decimal) {
        if (isDecimal(cell)) {
            return Double.parseDouble(decimal == '.' ? cell : withPoint(cell, decimal));
        }
        return switch (cell.toLowerCase(Locale.ROOT)) {
            case "nan", "+nan", "-nan" -> Double.NaN;
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw new NumberFormatException(cell);
        };
    }

    /** A point beside a decimal comma could only group digits, as in 1.234,5, and a file that mixes both is not trusted. */
    private static String withPoint(String cell, char decimal) {
        if (cell.indexOf('.') >= 0) {
            throw new NumberFormatException(cell);
        }
        return cell.replace(decimal, '.');
    }

    /** Keeps out what only Java takes for numbers: 1f, 1d, 0x1p3. */
    private static boolean isDecimal(String cell) {
        if (cell.isEmpty() || cell.indexOf('x') >= 0 || cell.indexOf('X') >= 0) {
            return false;
        }
        char last = cell.charAt(cell.length() - 1);
        return last == '.' || last == ',' || (last >= '0' && last <= '9');
    }
}
