package millrace.app.picture;

import java.util.ArrayList;
import java.util.List;
import millrace.app.picture.Canvas.Point;

/**
 * A regular polygon on a point of a line: lines differ in shape as well as in colour.
 *
 * @param corners how many
 * @param turn of the first corner from the top, in corners
 */
record Marker(int corners, double turn) {
    private static final double RADIUS = 5;
    private static final double RIM = 1.2;

    // a triangle's sides are half as far away as its corners: so much larger, these are seen around whatever lies on it
    private static final double LARGER = 3.5;

    private static final List<Marker> ALL =
            List.of(new Marker(16, 0), new Marker(4, 0.5), new Marker(3, 0), new Marker(4, 0), new Marker(3, 0.5));

    static Marker of(int line) {
        return ALL.get(line % ALL.size());
    }

    /**
     * Draws it with a white rim.
     *
     * @param above how many markers are to be drawn on this one, which is so much larger that it is seen below them
     */
    void draw(Canvas canvas, Point at, Colour colour, int above) {
        double radius = RADIUS + LARGER * above;
        canvas.polygon(around(at.x(), at.y(), radius + RIM), Colour.WHITE);
        canvas.polygon(around(at.x(), at.y(), radius), colour);
    }

    private List<Point> around(double x, double y, double radius) {
        List<Point> points = new ArrayList<>();
        for (int corner = 0; corner < corners; corner++) {
            double angle = 2 * Math.PI * (corner + turn) / corners;
            points.add(new Point(x + radius * Math.sin(angle), y - radius * Math.cos(angle)));
        }
        return points;
    }
}
