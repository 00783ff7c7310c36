package millrace.app.command;

import java.util.Locale;

/** Numbers as options give them. */
final class Given {
    private Given() {}

    /**
     * @param fits whether the number may be so
     * @throws IllegalArgumentException when it may not: option, value, expectation
     */
    static void require(String option, double value, boolean fits, String expected) {
        if (!fits) {
            throw new IllegalArgumentException(option + ": " + number(value) + " (expected: " + expected + ")");
        }
    }

    /** Whole numbers without a point. */
    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.valueOf(value);
    }
}
