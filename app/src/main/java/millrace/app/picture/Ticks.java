package millrace.app.picture;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Round places of an axis: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param step between two of them
 * @param values ascending, all of them within the axis
 * @param names what stands at 0, 1, 2 and so on in place of the number; none for an axis of numbers
 */
record Ticks(double step, List<Double> values, List<String> names) {
    private static final int DIGITS = 6;

    Ticks(double step, List<Double> values) {
        this(step, values, List.of());
    }

    /** Names at 0, 1, 2 and so on, every so many of them where there is no room for all. */
    static Ticks named(List<String> names, int most) {
        int step = Math.ceilDiv(names.size(), most);
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < names.size(); i += step) {
            values.add((double) i);
        }
        return new Ticks(step, values, names);
    }

    /** One place, which is not round but the value itself. */
    static Ticks only(double value) {
        BigDecimal exact =
                BigDecimal.valueOf(value).round(new MathContext(DIGITS)).stripTrailingZeros();
        return new Ticks(Math.pow(10, -Math.max(0, exact.scale())), List.of(value));
    }

    /**
     * @param most how many there is room for, 1 or more
     */
    static Ticks between(double from, double to, int most) {
        double range = to - from;
        if (!(range > 0) || !Double.isFinite(range)) {
            return new Ticks(1, List.of(from));
        }
        double step = Math.pow(10, Math.floor(Math.log10(range / most)));
        for (double factor : new double[] {1, 2, 5, 10}) {
            if (range / (step * factor) <= most) {
                step *= factor;
                break;
            }
        }
        return every(step, from, to);
    }

    /** All multiples of a step within an axis. */
    static Ticks every(double step, double from, double to) {
        List<Double> values = new ArrayList<>();
        double slack = 1e-9;
        for (long n = (long) Math.ceil(from / step - slack); n * step <= to + slack * step; n++) {
            values.add(n * step);
        }
        return new Ticks(step, values);
    }

    /** A value with as many decimals as the step has; or its name. */
    String label(double value) {
        if (!names.isEmpty()) {
            return names.get((int) value);
        }
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        return BigDecimal.valueOf(value)
                .setScale(decimals, RoundingMode.HALF_UP)
                .toPlainString();
    }

    /** A number with four digits that count, and no more than it needs. */
    static String brief(double value) {
        BigDecimal rounded = BigDecimal.valueOf(value).round(new MathContext(4));
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
