package millrace.nn.golden;

import static org.assertj.core.api.Assertions.assertThat;

/** Comparison of float arrays that says where and by how much they differ. */
public final class Close {
    private Close() {}

    /** Asserts that no difference is above {@code tolerance} times the largest magnitude of {@code expected}. */
    public static void relative(String what, float[] actual, float[] expected, double tolerance) {
        double largest = 0;
        for (float e : expected) {
            largest = Math.max(largest, Math.abs(e));
        }
        absolute(what, actual, expected, tolerance * largest);
    }

    /** Asserts that no difference is above {@code tolerance}; NaN equals NaN only, an infinity itself only. */
    public static void absolute(String what, float[] actual, float[] expected, double tolerance) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            boolean same = Float.compare(actual[i], expected[i]) == 0;
            assertThat(same || Math.abs((double) actual[i] - expected[i]) <= tolerance)
                    .as("%s [%d]: %s (expected: %s within %s)", what, i, actual[i], expected[i], tolerance)
                    .isTrue();
        }
    }
}
