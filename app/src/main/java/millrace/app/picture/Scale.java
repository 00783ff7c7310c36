package millrace.app.picture;

import java.util.Arrays;
import java.util.List;

/**
 * An axis: values to pixels.
 *
 * @param ticks round values, at both ends too where there are several
 * @param fromPixel where {@code from} lies; it may be larger than {@code toPixel}, as on an upright axis
 */
record Scale(Ticks ticks, double from, double to, double fromPixel, double toPixel) {
    /** From 0 to all values: it shows proportions, a difference of a few percent must not look large. */
    static Scale fromZero(double[] values, int ticks, double fromPixel, double toPixel) {
        double least = Arrays.stream(values).min().orElse(0);
        double most = Arrays.stream(values).max().orElse(0);
        return between(Math.min(0, least), Math.max(0, most), ticks, fromPixel, toPixel);
    }

    /**
     * The axis along which lines go: from 0, without ticks between whole numbers where all places are whole. A single place is in
     * the middle and has the only tick.
     */
    static Scale along(double[] places, int ticks, double fromPixel, double toPixel) {
        double least = Arrays.stream(places).min().orElse(0);
        double most = Arrays.stream(places).max().orElse(0);
        if (least == most) {
            double room = Math.max(1, Math.abs(least));
            return new Scale(Ticks.only(least), least - room, least + room, fromPixel, toPixel);
        }
        boolean whole = Arrays.stream(places).allMatch(place -> place == Math.rint(place));
        double range = Math.max(0, most) - Math.min(0, least);
        return fromZero(places, whole ? (int) Math.min(ticks, range) : ticks, fromPixel, toPixel);
    }

    /** An axis of names, equally far apart, with half as much room at both ends. */
    static Scale named(List<String> names, int ticks, double fromPixel, double toPixel) {
        return new Scale(Ticks.named(names, ticks), -0.5, names.size() - 0.5, fromPixel, toPixel);
    }

    /** With round ends that hold both values, if need be farther out. */
    static Scale between(double least, double most, int ticks, double fromPixel, double toPixel) {
        double step =
                Ticks.between(least, most > least ? most : least + 1, ticks).step();
        double from = Math.floor(least / step + 1e-9) * step;
        double to = Math.max(from + step, Math.ceil(most / step - 1e-9) * step);
        return new Scale(Ticks.every(step, from, to), from, to, fromPixel, toPixel);
    }

    /** Whether a value lies between the ends, which are rounded: 3 * 0.1 is more than 0.3. */
    boolean holds(double value) {
        double slack = 1e-9 * (to - from);
        return value >= from - slack && value <= to + slack;
    }

    double pixel(double value) {
        return fromPixel + (value - from) / (to - from) * (toPixel - fromPixel);
    }
}
