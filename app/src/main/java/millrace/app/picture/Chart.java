package millrace.app.picture;

import java.util.List;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import millrace.app.picture.Canvas.Anchor;
import millrace.app.picture.Canvas.Dashes;
import millrace.app.picture.Canvas.Lettering;
import millrace.app.picture.Canvas.Point;
import millrace.app.picture.Canvas.Stroke;
import millrace.app.picture.Overlaps.Piece;

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
    private static final double DASH = 9;
    private static final double ROUNDING = 1e-6;

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final List<Line> lines;
    private final List<String> names;
    private final Scale x;
    private final Scale y;
    // in pixels
    private final List<List<Point>> paths;

    /**
     * A line through points, drawn in the order given, and a point alone as a marker; {@code name} stands in the legend.
     */
    public record Line(String name, List<Value> values) {
        public Line {
            values = List.copyOf(values);
        }
    }

    /**
     * A point of a line.
     *
     * @param low where its error bar begins, {@code y} or less; the bar is left out where {@code low} is {@code high}
     * @param high where its error bar ends, {@code y} or more
     */
    public record Value(double x, double y, double low, double high) {
        public Value {
            if (!Double.isFinite(x) || !Double.isFinite(y)) {
                throw new IllegalArgumentException("value of a chart: " + x + ", " + y + " (expected: finite numbers)");
            }
            if (!(low <= y && y <= high) || Double.isInfinite(low) || Double.isInfinite(high)) {
                throw new IllegalArgumentException("spread of a chart's value " + y + ": " + low + " to " + high
                        + " (expected: finite numbers, the" + " value between them)");
            }
        }

        /** A point without an error bar. */
        public Value(double x, double y) {
            this(x, y, y, y);
        }

        boolean hasSpread() {
            return low < high;
        }
    }

    private Chart(String title, String xLabel, String yLabel, List<Line> lines, List<String> names, Scale upright) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.lines = List.copyOf(lines);
        this.names = List.copyOf(names);
        double widest = upright.ticks().values().stream()
                .mapToDouble(tick -> Canvas.widthOf(upright.ticks().label(tick), LABEL))
                .max()
                .orElse(0);
        double left = MARGIN + widest + 8;
        this.x = names.isEmpty()
                ? Scale.along(values(lines, value -> DoubleStream.of(value.x())), 10, left, left + PLOT_WIDTH)
                : Scale.named(names, 10, left, left + PLOT_WIDTH);
        this.y = upright;
        this.paths = lines.stream()
                .map(line -> line.values().stream()
                        .map(value -> new Point(x.pixel(value.x()), y.pixel(value.y())))
                        .toList())
                .toList();
    }

    /**
     * A chart of lines; axes begin at 0. Where lines lie on each other, their colours take turns and the legend says so.
     *
     * @throws IllegalArgumentException when no line has a value
     */
    public static Chart of(String title, String xLabel, String yLabel, List<Line> lines) {
        return named(title, xLabel, List.of(), yLabel, lines);
    }

    /**
     * The same over names, the first of them at 0, the next at 1 and so on: for values that are no numbers, or of which each is
     * many times the one before.
     */
    public static Chart named(String title, String xLabel, List<String> names, String yLabel, List<Line> lines) {
        if (lines.stream().allMatch(line -> line.values().isEmpty())) {
            throw new IllegalArgumentException("lines of chart \"" + title + "\": none with values (expected: one)");
        }
        double[] heights = values(lines, value -> DoubleStream.of(value.low(), value.high()));
        return new Chart(title, xLabel, yLabel, lines, names, Scale.fromZero(heights, 7, TOP + PLOT_HEIGHT, TOP));
    }

    private static double[] values(List<Line> lines, Function<Value, DoubleStream> part) {
        return lines.stream()
                .flatMap(line -> line.values().stream())
                .flatMapToDouble(part)
                .toArray();
    }

    /** The same with an upright axis from one value to another, for small differences; what lies outside is cut off. */
    public Chart within(double from, double to) {
        return new Chart(title, xLabel, yLabel, lines, names, Scale.between(from, to, 7, TOP + PLOT_HEIGHT, TOP));
    }

    @Override
    double width() {
        double words = 0;
        for (int i = 0; i < lines.size(); i++) {
            words = Math.max(words, Canvas.widthOf(legend(i), LABEL));
        }
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
        Overlaps.pieces(paths).forEach(piece -> drawPiece(canvas, piece));
        new ErrorBars(x, y).draw(canvas, lines);
        Overlaps.spots(paths).stream()
                .filter(spot -> isWithin(spot.at()))
                .forEach(spot -> drawMarkers(canvas, spot.at(), spot.lines()));
        for (int i = 0; i < lines.size(); i++) {
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

    /** Where several lines lie, each has a dash and leaves gaps for the dashes of the others. */
    private void drawPiece(Canvas canvas, Piece piece) {
        Point from = held(piece.from(), piece.to());
        Point to = held(piece.to(), from);
        if (!isWithin(from) || !isWithin(to)) {
            return;
        }
        int sharing = piece.lines().size();
        double cutOff =
                Math.hypot(from.x() - piece.from().x(), from.y() - piece.from().y());
        int place = 0;
        for (int line : piece.lines()) {
            double begin = piece.start() + cutOff - DASH * place++;
            double period = DASH * sharing;
            Dashes dashes = new Dashes(DASH, period - DASH, begin - Math.floor(begin / period) * period);
            canvas.line(
                    from.x(),
                    from.y(),
                    to.x(),
                    to.y(),
                    new Stroke(Palette.line(line), 2, sharing == 1 ? Dashes.NONE : dashes));
        }
    }

    /** The markers of a point, the first line's below the others and larger. */
    private static void drawMarkers(Canvas canvas, Point at, SequencedSet<Integer> sharing) {
        int above = sharing.size();
        for (int line : sharing) {
            Marker.of(line).draw(canvas, at, Palette.line(line), --above);
        }
    }

    /** Whether a point lies neither above the upright axis nor below it. */
    private boolean isWithin(Point point) {
        return point.y() >= y.toPixel() - ROUNDING && point.y() <= y.fromPixel() + ROUNDING;
    }

    /** A line's end, or where the line crosses the axis's edge on the way to it; the end too where it does not. */
    private Point held(Point end, Point other) {
        double edge = Math.clamp(end.y(), y.toPixel(), y.fromPixel());
        double way = (edge - other.y()) / (end.y() - other.y());
        return way > 0 && way < 1 ? new Point(other.x() + way * (end.x() - other.x()), edge) : end;
    }

    /** A line's name, with that of the first other one which lies in the same place. */
    private String legend(int index) {
        String name = lines.get(index).name();
        for (int other = 0; other < index; other++) {
            if (!paths.get(index).isEmpty() && Overlaps.same(paths.get(other), paths.get(index))) {
                return name + " (lies on " + lines.get(other).name() + ")";
            }
        }
        return name;
    }

    private void drawLegend(Canvas canvas, int index) {
        double left = x.toPixel() + MARGIN;
        double middle = TOP + LEGEND_LINE * (index + 0.5);
        Colour colour = Palette.line(index);
        canvas.line(left, middle, left + 26, middle, new Stroke(colour, 2));
        Marker.of(index).draw(canvas, new Point(left + 13, middle), colour, 0);
        Lettering lettering = Lettering.plain(LABEL, Anchor.START, Colour.BLACK);
        canvas.text(left + LEGEND_SIGN, middle + lettering.drop(), legend(index), lettering);
    }
}
