package millrace.app.picture;

import java.util.List;
import java.util.function.ToDoubleFunction;
import millrace.app.picture.Canvas.Anchor;
import millrace.app.picture.Canvas.Lettering;
import millrace.app.picture.Canvas.Stroke;

/** A line chart of a sweep: one line a schedule, or whatever else was varied. */
public final class Chart extends Picture {
    private static final double PLOT_WIDTH = 640;
    private static final double PLOT_HEIGHT = 380;
    private static final double TOP = 66;
    private static final double BELOW = 56;
    private static final double MARGIN = 20;
    private static final double LEGEND_LINE = 22;
    private static final double LEGEND_SIGN = 34;
    private static final double LABEL = 12;

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final List<Line> lines;
    private final Scale x;
    private final Scale y;

    /** A line through points, drawn in the order given; {@code name} stands in the legend. */
    public record Line(String name, List<Value> values) {
        public Line {
            values = List.copyOf(values);
        }
    }

    /** A point of a line. */
    public record Value(double x, double y) {
        public Value {
            if (!Double.isFinite(x) || !Double.isFinite(y)) {
                throw new IllegalArgumentException("value of a chart: " + x + ", " + y + " (expected: finite numbers)");
            }
        }
    }

    private Chart(String title, String xLabel, String yLabel, List<Line> lines, Scale upright) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.lines = List.copyOf(lines);
        double widest = upright.ticks().values().stream()
                .mapToDouble(tick -> Canvas.widthOf(upright.ticks().label(tick), LABEL))
                .max()
                .orElse(0);
        double left = MARGIN + widest + 8;
        this.x = Scale.of(lines, Value::x, 10, left, left + PLOT_WIDTH);
        this.y = upright;
    }

    /**
     * A chart of lines; axes that begin near 0 begin at 0.
     *
     * @throws IllegalArgumentException when no line has a value
     */
    public static Chart of(String title, String xLabel, String yLabel, List<Line> lines) {
        if (lines.stream().allMatch(line -> line.values().isEmpty())) {
            throw new IllegalArgumentException("lines of chart \"" + title + "\": none with values (expected: one)");
        }
        return new Chart(title, xLabel, yLabel, lines, Scale.of(lines, Value::y, 7, TOP + PLOT_HEIGHT, TOP));
    }

    /** The same with an upright axis from one value to another, for small differences; what lies outside is cut off. */
    public Chart within(double from, double to) {
        return new Chart(title, xLabel, yLabel, lines, Scale.between(from, to, 7, TOP + PLOT_HEIGHT, TOP));
    }

    /** Values to pixels, with round ticks at both ends. */
    record Scale(Ticks ticks, double from, double to, double fromPixel, double toPixel) {
        static Scale of(List<Line> lines, ToDoubleFunction<Value> part, int ticks, double fromPixel, double toPixel) {
            double[] values = lines.stream()
                    .flatMap(line -> line.values().stream())
                    .mapToDouble(part)
                    .sorted()
                    .toArray();
            double least = values[0];
            double most = values[values.length - 1];
            // an axis from 0 shows proportions: a difference of a few percent must not look large
            return between(Math.min(0, least), most, ticks, fromPixel, toPixel);
        }

        static Scale between(double least, double most, int ticks, double fromPixel, double toPixel) {
            double step =
                    Ticks.between(least, most > least ? most : least + 1, ticks).step();
            double from = Math.floor(least / step + 1e-9) * step;
            double to = Math.max(from + step, Math.ceil(most / step - 1e-9) * step);
            return new Scale(Ticks.between(from, to, ticks + 2), from, to, fromPixel, toPixel);
        }

        boolean holds(double value) {
            return value >= from && value <= to;
        }

        double pixel(double value) {
            return fromPixel + (value - from) / (to - from) * (toPixel - fromPixel);
        }
    }

    @Override
    double width() {
        double words = lines.stream()
                .mapToDouble(line -> Canvas.widthOf(line.name(), LABEL))
                .max()
                .orElse(0);
        double legend = x.toPixel() + MARGIN + LEGEND_SIGN + words + MARGIN;
        return Math.max(legend, x.fromPixel() + Canvas.widthOf(title, 15) + MARGIN);
    }

    @Override
    double height() {
        return Math.max(TOP + PLOT_HEIGHT + BELOW, TOP + LEGEND_LINE * lines.size() + MARGIN);
    }

    @Override
    void draw(Canvas canvas) {
        canvas.text(x.fromPixel(), 28, title, Lettering.bold(15, Anchor.START));
        drawAxes(canvas);
        for (int i = 0; i < lines.size(); i++) {
            drawLine(canvas, i);
            drawLegend(canvas, i);
        }
    }

    private void drawAxes(Canvas canvas) {
        Stroke grid = new Stroke(Colour.PALE, 0.8);
        for (double tick : y.ticks().values()) {
            double at = y.pixel(tick);
            canvas.line(x.fromPixel(), at, x.toPixel(), at, grid);
            Lettering lettering = Lettering.plain(LABEL, Anchor.END, Colour.BLACK);
            canvas.text(x.fromPixel() - 8, at + lettering.drop(), y.ticks().label(tick), lettering);
        }
        for (double tick : x.ticks().values()) {
            double at = x.pixel(tick);
            canvas.line(at, y.fromPixel(), at, y.fromPixel() + 5, new Stroke(Colour.GREY, 1));
            canvas.text(
                    at, y.fromPixel() + 20, x.ticks().label(tick), Lettering.plain(LABEL, Anchor.MIDDLE, Colour.BLACK));
        }
        canvas.line(x.fromPixel(), y.fromPixel(), x.toPixel(), y.fromPixel(), new Stroke(Colour.GREY, 1));
        // above its axis rather than beside it: nobody has to tilt the head
        canvas.text(x.fromPixel(), TOP - 14, yLabel, Lettering.plain(LABEL, Anchor.START, Colour.GREY));
        canvas.text(
                (x.fromPixel() + x.toPixel()) / 2,
                y.fromPixel() + 42,
                xLabel,
                Lettering.plain(LABEL, Anchor.MIDDLE, Colour.BLACK));
    }

    private void drawLine(Canvas canvas, int index) {
        Stroke stroke = new Stroke(Palette.line(index), 2);
        List<Value> values = lines.get(index).values();
        for (int i = 1; i < values.size(); i++) {
            Value from = held(values.get(i - 1), values.get(i));
            Value to = held(values.get(i), from);
            if (y.holds(from.y()) && y.holds(to.y())) {
                canvas.line(x.pixel(from.x()), y.pixel(from.y()), x.pixel(to.x()), y.pixel(to.y()), stroke);
            }
        }
        for (Value value : values) {
            if (y.holds(value.y())) {
                Marker.of(index).draw(canvas, x.pixel(value.x()), y.pixel(value.y()), stroke.colour());
            }
        }
    }

    /** A line's end, or where the line crosses the axis's edge on the way to it; the end too where it does not. */
    private Value held(Value end, Value other) {
        double edge = Math.clamp(end.y(), y.from(), y.to());
        double way = (edge - other.y()) / (end.y() - other.y());
        return way > 0 && way < 1 ? new Value(other.x() + way * (end.x() - other.x()), edge) : end;
    }

    private void drawLegend(Canvas canvas, int index) {
        double left = x.toPixel() + MARGIN;
        double middle = TOP + LEGEND_LINE * (index + 0.5);
        Colour colour = Palette.line(index);
        canvas.line(left, middle, left + 26, middle, new Stroke(colour, 2));
        Marker.of(index).draw(canvas, left + 13, middle, colour);
        Lettering lettering = Lettering.plain(LABEL, Anchor.START, Colour.BLACK);
        canvas.text(
                left + LEGEND_SIGN, middle + lettering.drop(), lines.get(index).name(), lettering);
    }
}
