package millrace.app.study;

import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import millrace.app.picture.Chart;

/**
 * Several measurements of one thing: their mean, and how far they lie apart.
 *
 * @param n how many there are
 * @param mean NaN where there is none
 * @param deviation the standard deviation, estimated from the n measurements (divided by n - 1); NaN for fewer than two
 */
public record Spread(int n, double mean, double deviation) {
    /** Of the measurements. */
    public static Spread of(List<Double> values) {
        int n = values.size();
        double mean = values.stream().mapToDouble(Double::doubleValue).sum() / n;
        double squares = values.stream()
                .mapToDouble(value -> (value - mean) * (value - mean))
                .sum();
        return new Spread(n, n == 0 ? Double.NaN : mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1)));
    }

    /**
     * {@code 0.9582 +- 0.0021}; the mean alone where there is no spread, and a dash without a measurement.
     *
     * @param format of either number
     */
    public String words(String format) {
        if (!Double.isFinite(mean)) {
            return "-";
        }
        String middle = String.format(Locale.ROOT, format, mean);
        // the sign is the mean's alone
        return Double.isFinite(deviation)
                ? middle + " +- " + String.format(Locale.ROOT, format.replace("+", ""), deviation)
                : middle;
    }

    /** What {@link #words} and {@link #at} show: {@code mean +- standard deviation, n = 5 seeds}. */
    public static String caption(IntSummaryStatistics n, String of) {
        String count = n.getMin() == n.getMax() ? "" + n.getMax() : n.getMin() + " to " + n.getMax();
        return "mean +- standard deviation, n = " + count + " " + of;
    }

    /** As a point of a chart, with an error bar of one standard deviation to either side. */
    public Chart.Value at(double x) {
        double half = Double.isFinite(deviation) ? deviation : 0;
        return new Chart.Value(x, mean, mean - half, mean + half);
    }
}
