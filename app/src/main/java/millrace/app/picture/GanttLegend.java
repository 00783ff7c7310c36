package millrace.app.picture;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import millrace.app.picture.Canvas.Anchor;
import millrace.app.picture.Canvas.Box;
import millrace.app.picture.Canvas.Lettering;
import millrace.app.picture.Canvas.Point;
import millrace.schedule.Action.Kind;
import millrace.schedule.timeline.Timeline;

/** What the colours of a Gantt chart mean: those that occur, in lines as wide as the chart. */
final class GanttLegend {
    private static final double SIZE = 12;
    private static final double LINE = 22;
    private static final double SWATCH = 14;
    private static final double WORDS_GAP = 6;
    private static final double ENTRY_GAP = 24;

    /** Colours side by side or an arrow, or neither, then words. */
    private record Entry(List<Colour> swatches, boolean arrow, String words) {
        double signWidth() {
            return arrow ? 2 * SWATCH : SWATCH * swatches.size();
        }

        double wordsAt() {
            return signWidth() > 0 ? signWidth() + WORDS_GAP : 0;
        }

        double width() {
            return wordsAt() + Canvas.widthOf(words, SIZE) + ENTRY_GAP;
        }
    }

    private final List<List<Entry>> lines = new ArrayList<>();
    private final double left;

    GanttLegend(List<Timeline> timelines, int chunks, boolean messages, double left, double right) {
        this.left = left;
        double x = right;
        for (Entry entry : entries(timelines, chunks, messages)) {
            if (x + entry.width() - ENTRY_GAP > right) {
                lines.add(new ArrayList<>());
                x = left;
            }
            lines.getLast().add(entry);
            x += entry.width();
        }
    }

    private static List<Entry> entries(List<Timeline> timelines, int chunks, boolean messages) {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        timelines.forEach(timeline ->
                timeline.spans().forEach(span -> kinds.add(span.action().kind())));
        List<Entry> entries = new ArrayList<>();
        for (Kind kind : kinds) {
            List<Colour> tints = new ArrayList<>();
            for (int chunk = 0; chunk < chunks; chunk++) {
                tints.add(Palette.of(kind, chunk, chunks));
            }
            entries.add(new Entry(tints, false, Palette.words(kind)));
        }
        if (timelines.stream().anyMatch(timeline -> !timeline.exchanges().isEmpty())) {
            entries.add(new Entry(List.of(Palette.EXCHANGE), false, "exchange between replicas"));
        }
        entries.add(new Entry(List.of(Palette.IDLE), false, "idle"));
        if (messages) {
            entries.add(new Entry(List.of(), true, "message"));
        }
        if (chunks > 1) {
            entries.add(new Entry(
                    List.of(),
                    false,
                    chunks == 2 ? "lighter: a rank's second stage" : "lighter: a rank's later stages"));
        }
        return entries;
    }

    double height() {
        return LINE * lines.size();
    }

    void draw(Canvas canvas, double top) {
        double y = top;
        for (List<Entry> line : lines) {
            double x = left;
            for (Entry entry : line) {
                draw(canvas, entry, x, y + LINE / 2);
                x += entry.width();
            }
            y += LINE;
        }
    }

    private static void draw(Canvas canvas, Entry entry, double left, double middle) {
        double x = left;
        for (Colour colour : entry.swatches()) {
            canvas.rect(new Box(x, middle - SWATCH / 2, SWATCH, SWATCH), colour);
            x += SWATCH;
        }
        if (entry.arrow()) {
            GanttPanel.arrow(canvas, new Point(x, middle), new Point(x + entry.signWidth(), middle));
        }
        Lettering lettering = Lettering.plain(SIZE, Anchor.START, Colour.BLACK);
        canvas.text(left + entry.wordsAt(), middle + lettering.drop(), entry.words(), lettering);
    }
}
