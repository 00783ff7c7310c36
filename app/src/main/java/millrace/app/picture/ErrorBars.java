package millrace.app.picture;

import java.util.ArrayList;
import java.util.List;
import millrace.app.picture.Canvas.Stroke;
import millrace.app.picture.Chart.Line;
import millrace.app.picture.Chart.Value;

/**
 * The error bars of a chart's lines. Those of several lines at one place stand side by side, since bars on each other could not be
 * told apart.
 *
 * @param x along which the lines go
 * @param y upright; what lies outside is cut off
 */
record ErrorBars(Scale x, Scale y) {
    private static final double HALF_CAP = 3;
    private static final double APART = 4;
    private static final double WIDTH = 1.4;

    private record Bar(int line, Value value, double at) {}

    void draw(Canvas canvas, List<Line> lines) {
        List<Bar> bars = new ArrayList<>();
        for (int line = 0; line < lines.size(); line++) {
            for (Value value : lines.get(line).values()) {
                if (value.hasSpread() && value.high() >= y.from() && value.low() <= y.to()) {
                    bars.add(new Bar(line, value, x.pixel(value.x())));
                }
            }
        }
        for (Bar bar : bars) {
            List<Bar> here = bars.stream()
                    .filter(other -> Math.abs(other.at() - bar.at()) <= Overlaps.SAME)
                    .toList();
            draw(canvas, bar, bar.at() + APART * (here.indexOf(bar) - (here.size() - 1) / 2.0));
        }
    }

    private void draw(Canvas canvas, Bar bar, double at) {
        Stroke stroke = new Stroke(Palette.line(bar.line()), WIDTH);
        double low = y.pixel(Math.max(bar.value().low(), y.from()));
        double high = y.pixel(Math.min(bar.value().high(), y.to()));
        canvas.line(at, low, at, high, stroke);
        // an end that is cut off has no cap
        for (double end : new double[] {bar.value().low(), bar.value().high()}) {
            if (y.holds(end)) {
                canvas.line(at - HALF_CAP, y.pixel(end), at + HALF_CAP, y.pixel(end), stroke);
            }
        }
    }
}
