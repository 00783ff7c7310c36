package millrace.app.picture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SequencedSet;
import java.util.TreeSet;
import millrace.app.picture.Canvas.Point;

/**
 * Where the lines of a chart lie on each other, so that none has to be hidden by another. All lines are cut at every place where
 * any of them has a point; then what is equal can be found piece by piece, also where one line has points that another has not.
 */
final class Overlaps {
    /** In pixels: lines that are nearer to each other look like one. */
    static final double SAME = 1;

    private Overlaps() {}

    /**
     * A straight piece.
     *
     * @param start how far along its line it begins
     * @param lines all that lie here, ascending: one or more
     */
    record Piece(Point from, Point to, double start, SequencedSet<Integer> lines) {}

    /** A point with all lines that have it, ascending: one or more. */
    record Spot(Point at, SequencedSet<Integer> lines) {}

    /** The lines' points, each once, in the order of the lines. */
    static List<Spot> spots(List<List<Point>> lines) {
        List<Spot> spots = new ArrayList<>();
        for (int line = 0; line < lines.size(); line++) {
            for (Point point : lines.get(line)) {
                Spot spot = spots.stream()
                        .filter(other -> near(other.at(), point))
                        .findFirst()
                        .orElseGet(() -> {
                            Spot another = new Spot(point, new LinkedHashSet<>());
                            spots.add(another);
                            return another;
                        });
                spot.lines().add(line);
            }
        }
        return spots;
    }

    /** Whether two lines have the same points. */
    static boolean same(List<Point> one, List<Point> other) {
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (!near(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean near(Point one, Point other) {
        return Math.abs(one.x() - other.x()) <= SAME && Math.abs(one.y() - other.y()) <= SAME;
    }

    /** What is to be drawn for the lines, each piece once; where a line is alone from a point to the next, in one piece. */
    static List<Piece> pieces(List<List<Point>> lines) {
        TreeSet<Double> cuts = new TreeSet<>();
        lines.forEach(line -> line.forEach(point -> cuts.add(point.x())));
        Map<Span, List<Piece>> known = new HashMap<>();
        List<List<Leg>> legs = new ArrayList<>();
        for (int line = 0; line < lines.size(); line++) {
            legs.add(legs(line, lines.get(line), cuts, known));
        }
        List<Piece> pieces = new ArrayList<>();
        for (int line = 0; line < legs.size(); line++) {
            for (Leg leg : legs.get(line)) {
                if (leg.pieces().stream().allMatch(piece -> piece.lines().size() == 1)) {
                    pieces.add(leg.whole());
                } else {
                    // the first of the lines that share a piece draws it for all
                    int own = line;
                    leg.pieces().stream()
                            .filter(piece -> piece.lines().getFirst() == own)
                            .forEach(pieces::add);
                }
            }
        }
        return pieces;
    }

    /** The way from a point to the next. */
    private record Leg(Piece whole, List<Piece> pieces) {}

    private record Span(double left, double right) {}

    private static List<Leg> legs(
            int line, List<Point> points, NavigableSet<Double> cuts, Map<Span, List<Piece>> known) {
        List<Leg> legs = new ArrayList<>();
        double start = 0;
        for (int i = 1; i < points.size(); i++) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            List<Piece> pieces = new ArrayList<>();
            double done = start;
            Point last = from;
            for (Point next : between(from, to, cuts)) {
                pieces.add(shared(line, last, next, done, known));
                done += Math.hypot(next.x() - last.x(), next.y() - last.y());
                last = next;
            }
            SequencedSet<Integer> alone = new LinkedHashSet<>(List.of(line));
            legs.add(new Leg(new Piece(from, to, start, alone), pieces));
            start = done;
        }
        return legs;
    }

    /** The points of a leg at the cuts on its way, and its end. */
    private static List<Point> between(Point from, Point to, NavigableSet<Double> cuts) {
        List<Point> points = new ArrayList<>();
        boolean rightwards = from.x() < to.x();
        if (from.x() != to.x()) {
            var inside = cuts.subSet(Math.min(from.x(), to.x()), false, Math.max(from.x(), to.x()), false);
            for (double x : rightwards ? inside : inside.descendingSet()) {
                double share = (x - from.x()) / (to.x() - from.x());
                points.add(new Point(x, from.y() + share * (to.y() - from.y())));
            }
        }
        points.add(to);
        return points;
    }

    private static Piece shared(int line, Point from, Point to, double start, Map<Span, List<Piece>> known) {
        Span span = new Span(Math.min(from.x(), to.x()), Math.max(from.x(), to.x()));
        List<Piece> here = known.computeIfAbsent(span, _ -> new ArrayList<>());
        for (Piece piece : here) {
            boolean along = near(piece.from(), from) && near(piece.to(), to);
            boolean back = near(piece.from(), to) && near(piece.to(), from);
            if (along || back) {
                piece.lines().add(line);
                return piece;
            }
        }
        Piece piece = new Piece(from, to, start, new LinkedHashSet<>(List.of(line)));
        here.add(piece);
        return piece;
    }
}
