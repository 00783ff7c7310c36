package millrace.app.picture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import millrace.app.picture.Canvas.Anchor;
import millrace.app.picture.Canvas.Lettering;
import millrace.app.picture.Canvas.Stroke;
import millrace.schedule.timeline.Timeline;

/**
 * Timelines as the papers draw them: a row a rank, a box an action, its micro-batch inside. Several lie one above the
 * other on one axis.
 */
public final class Gantt extends Picture {
    /** More boxes than this no viewer shows well, and no eye reads. */
    public static final int MOST_SPANS = 20_000;

    private static final double LEAST_WIDTH = 900;
    private static final double MOST_WIDTH = 4000;
    private static final double MEAN_SPAN = 26;
    private static final double MARGIN = 16;
    private static final double PANEL_GAP = 18;
    private static final double AXIS = 46;
    private static final double TICK_ROOM = 80;

    private final List<GanttPanel> panels;
    private final GanttLegend legend;
    private final TimeAxis axis;
    private final String axisLabel;

    private Gantt(List<Timeline> timelines, boolean messages) {
        List<Summary> summaries = timelines.stream().map(Summary::of).toList();
        int chunks = summaries.stream().mapToInt(Summary::mostChunks).max().orElse(1);
        int ranks = timelines.stream().mapToInt(Timeline::ranks).sum();
        double makespan =
                summaries.stream().mapToDouble(Summary::makespan).max().orElse(0);
        double left = MARGIN + GanttPanel.labelWidth(timelines);
        double width = Math.clamp(Math.ceil(left + plotWidth(timelines, makespan) + MARGIN), LEAST_WIDTH, MOST_WIDTH);
        this.axis = new TimeAxis(left, width - MARGIN, makespan);
        this.axisLabel = Summary.axis(timelines.getFirst().unit());
        this.panels = new ArrayList<>();
        double top = MARGIN;
        for (int i = 0; i < timelines.size(); i++) {
            GanttRows rows = GanttRows.of(top, ranks, messages);
            GanttPanel panel = new GanttPanel(timelines.get(i), summaries.get(i), chunks, axis, rows, messages);
            panels.add(panel);
            top = panel.bottom() + PANEL_GAP;
        }
        this.legend = new GanttLegend(timelines, chunks, messages, left, width - MARGIN);
    }

    /**
     * A chart of timelines in the same unit.
     *
     * @throws IllegalArgumentException when there are none, their units differ, or they hold too many spans
     */
    public static Gantt of(List<Timeline> timelines) {
        return new Gantt(checked(timelines), false);
    }

    /** The same with an arrow for each message. */
    public static Gantt withMessages(List<Timeline> timelines) {
        return new Gantt(checked(timelines), true);
    }

    private static List<Timeline> checked(List<Timeline> timelines) {
        if (timelines.isEmpty()) {
            throw new IllegalArgumentException("timelines: none (expected: one or more)");
        }
        String unit = timelines.getFirst().unit();
        for (Timeline timeline : timelines) {
            if (!timeline.unit().equals(unit)) {
                throw new IllegalArgumentException("unit of \"" + timeline.title() + "\": \"" + timeline.unit()
                        + "\" (expected: \"" + unit + "\", as of \""
                        + timelines.getFirst().title()
                        + "\"); they share an axis");
            }
        }
        int spans =
                timelines.stream().mapToInt(timeline -> timeline.spans().size()).sum();
        if (spans > MOST_SPANS) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "spans in a picture: %d (expected: at most %d); draw fewer batches, or write a trace to a file"
                            + " that ends in .json",
                    spans,
                    MOST_SPANS));
        }
        return timelines;
    }

    /** So wide that a span of mean length has room for its number. */
    private static double plotWidth(List<Timeline> timelines, double makespan) {
        double busy = 0;
        int spans = 0;
        for (Timeline timeline : timelines) {
            for (Timeline.Span span : timeline.spans()) {
                busy += span.end() - span.start();
                spans++;
            }
        }
        return busy > 0 ? makespan * spans / busy * MEAN_SPAN : 0;
    }

    @Override
    double width() {
        return axis.right() + MARGIN;
    }

    @Override
    double height() {
        return panels.getLast().bottom() + AXIS + legend.height() + MARGIN;
    }

    @Override
    void draw(Canvas canvas) {
        panels.forEach(panel -> panel.draw(canvas));
        double y = panels.getLast().bottom() + 4;
        canvas.line(axis.left(), y, axis.right(), y, new Stroke(Colour.GREY, 1));
        Ticks ticks = axis.ticks(TICK_ROOM);
        for (double tick : ticks.values()) {
            double x = axis.x(tick);
            canvas.line(x, y, x, y + 5, new Stroke(Colour.GREY, 1));
            canvas.text(x, y + 17, ticks.label(tick), Lettering.plain(11, Anchor.MIDDLE, Colour.BLACK));
        }
        canvas.text(
                (axis.left() + axis.right()) / 2, y + 33, axisLabel, Lettering.plain(12, Anchor.MIDDLE, Colour.BLACK));
        legend.draw(canvas, panels.getLast().bottom() + AXIS);
    }
}
