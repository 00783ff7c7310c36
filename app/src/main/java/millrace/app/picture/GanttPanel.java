package millrace.app.picture;

import java.util.List;
import java.util.Locale;
import millrace.app.picture.Canvas.Anchor;
import millrace.app.picture.Canvas.Box;
import millrace.app.picture.Canvas.Lettering;
import millrace.app.picture.Canvas.Point;
import millrace.app.picture.Canvas.Stroke;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Exchange;
import millrace.schedule.timeline.Timeline.Message;
import millrace.schedule.timeline.Timeline.Span;

/** One timeline of a Gantt chart: its title and rows. */
final class GanttPanel {
    /** Colour and width of arrows, in the legend too. */
    static final Stroke ARROW = new Stroke(new Colour(0x333333), 0.9);

    private static final double LABEL = 12;
    private static final double EDGE_FROM = 4;
    private static final double EXCHANGE_HEIGHT = 0.22;
    private static final double[] NUMBER_SIZES = {11, 9, 7.5};

    private final Timeline timeline;
    private final Summary summary;
    private final int chunks;
    private final TimeAxis axis;
    private final GanttRows rows;
    private final boolean messages;
    // all numbers are set as if they were the longest: equal boxes look equal
    private final String longestNumber;

    /**
     * @param chunks the most stages that any rank of the picture holds
     */
    GanttPanel(Timeline timeline, Summary summary, int chunks, TimeAxis axis, GanttRows rows, boolean messages) {
        this.timeline = timeline;
        this.summary = summary;
        this.chunks = chunks;
        this.axis = axis;
        this.rows = rows;
        this.messages = messages;
        this.longestNumber = String.valueOf(timeline.spans().stream()
                .mapToInt(span -> span.action().microBatch())
                .max()
                .orElse(0));
    }

    /** What the rows' labels take at the left, with the space up to the rows. */
    static double labelWidth(List<Timeline> timelines) {
        int ranks = timelines.stream().mapToInt(Timeline::ranks).max().orElse(0);
        return Canvas.widthOf(label(ranks), LABEL) + 8;
    }

    private static String label(int rank) {
        return "rank " + rank;
    }

    double bottom() {
        return rows.bottom(timeline.ranks() - 1);
    }

    void draw(Canvas canvas) {
        double title = rows.top() - 9;
        canvas.text(axis.left(), title, timeline.title(), Lettering.bold(14, Anchor.START));
        canvas.text(axis.right(), title, summary.words(timeline.unit()), Lettering.plain(12, Anchor.END, Colour.GREY));
        drawRows(canvas);
        for (Span span : timeline.spans()) {
            draw(canvas, span);
        }
        for (Exchange exchange : timeline.exchanges()) {
            draw(canvas, exchange);
        }
        if (messages) {
            timeline.messages().stream()
                    .filter(message -> message.from() != message.to())
                    .forEach(message -> draw(canvas, message));
        }
    }

    private void drawRows(Canvas canvas) {
        double end = axis.x(summary.makespan());
        int labelEvery = rows.labelEvery(LABEL);
        for (int rank = 0; rank < timeline.ranks(); rank++) {
            Box row = new Box(axis.left(), rows.top(rank), end - axis.left(), rows.height());
            canvas.rect(row, Palette.IDLE);
            if (rank % labelEvery == 0) {
                Lettering lettering = Lettering.plain(LABEL, Anchor.END, Colour.BLACK);
                canvas.text(axis.left() - 8, row.centreY() + lettering.drop(), label(rank), lettering);
            }
        }
    }

    private void draw(Canvas canvas, Span span) {
        double x = axis.x(span.start());
        Box box = new Box(x, rows.top(span.rank()), axis.x(span.end()) - x, rows.height());
        int chunk = summary.chunks().getOrDefault(span.action().stage(), 0);
        Colour fill = Palette.of(span.action().kind(), chunk, chunks);
        // a thin box would be all edge
        Stroke edge = box.width() < EDGE_FROM ? new Stroke(fill, 0.1) : new Stroke(Colour.WHITE, 0.8);
        canvas.rect(box, fill, edge, note(span));
        String number = String.valueOf(span.action().microBatch());
        for (double size : NUMBER_SIZES) {
            if (Canvas.widthOf(longestNumber, size) <= box.width() - 2 && size <= 0.9 * box.height()) {
                Lettering lettering = Lettering.plain(size, Anchor.MIDDLE, fill.ink());
                canvas.text(box.centreX(), box.centreY() + lettering.drop(), number, lettering);
                break;
            }
        }
    }

    /** A strip along the bottom of the row: it goes on beside what is computed. */
    private void draw(Canvas canvas, Exchange exchange) {
        double x = axis.x(exchange.start());
        double height = EXCHANGE_HEIGHT * rows.height();
        Box strip = new Box(x, rows.bottom(exchange.rank()) - height, axis.x(exchange.end()) - x, height);
        String note = String.format(
                Locale.ROOT,
                "gradients of stage %d between replicas, %s to %s",
                exchange.stage(),
                Ticks.brief(exchange.start()),
                Ticks.brief(exchange.end()));
        canvas.rect(strip, Palette.EXCHANGE, new Stroke(Colour.WHITE, 0.4), note);
    }

    private static String note(Span span) {
        return String.format(
                Locale.ROOT,
                "%s, batch %d, %s to %s",
                span.action(),
                span.batch(),
                Ticks.brief(span.start()),
                Ticks.brief(span.end()));
    }

    private void draw(Canvas canvas, Message message) {
        boolean down = message.to() > message.from();
        double y1 = down ? rows.bottom(message.from()) : rows.top(message.from());
        double y2 = down ? rows.top(message.to()) : rows.bottom(message.to());
        arrow(canvas, new Point(axis.x(message.sent()), y1), new Point(axis.x(message.received()), y2));
    }

    /** An arrow with a head of fixed size. */
    static void arrow(Canvas canvas, Point from, Point to) {
        double length = Math.hypot(to.x() - from.x(), to.y() - from.y());
        if (length == 0) {
            return;
        }
        double alongX = (to.x() - from.x()) / length;
        double alongY = (to.y() - from.y()) / length;
        double headX = to.x() - 5 * alongX;
        double headY = to.y() - 5 * alongY;
        canvas.line(from.x(), from.y(), headX, headY, ARROW);
        canvas.polygon(
                List.of(
                        to,
                        new Point(headX - 2.2 * alongY, headY + 2.2 * alongX),
                        new Point(headX + 2.2 * alongY, headY - 2.2 * alongX)),
                ARROW.colour());
    }
}
