package millrace.app.picture;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import millrace.schedule.Action.Kind;
import millrace.schedule.timeline.Timeline;
import millrace.schedule.timeline.Timeline.Exchange;
import millrace.schedule.timeline.Timeline.Span;

/**
 * A timeline for a terminal: a line a rank, a column a slice of time, in it the letter of the kind that fills most of
 * it, or x where a rank only waits for gradients of replicas. 1f1b with two ranks and two micro-batches in half the usual width:
 *
 * <pre>
 * rank 0  FFFFFFFF............BBBBBBBB....BBBBBBBB
 * rank 1  ......FFFFBBBBBBBBFFFFBBBBBBBB..........
 * time    0                   5
 * </pre>
 */
public final class TextTimeline {
    /** Columns when nothing else is asked for. */
    public static final int WIDTH = 100;

    private static final int LEAST_WIDTH = 30;
    private static final int LABEL_ROOM = 12;
    private static final char IDLE = '.';
    // only where nothing is computed meanwhile
    private static final char EXCHANGE = 'x';
    private static final double SLACK = 1e-9;

    private final Timeline timeline;
    private final Summary summary;
    private final int labels;
    private final int columns;
    private final boolean colours;

    private TextTimeline(Timeline timeline, int width, boolean colours) {
        this.timeline = timeline;
        this.summary = Summary.of(timeline);
        this.labels = Math.max(
                        label(timeline.ranks() - 1).length(),
                        Summary.axis(timeline.unit()).length())
                + 2;
        this.columns = width - labels;
        this.colours = colours;
    }

    /**
     * @param width of a line in columns, labels included
     * @param colours whether the terminal understands ANSI escapes
     */
    public static TextTimeline of(Timeline timeline, int width, boolean colours) {
        if (width < LEAST_WIDTH) {
            throw new IllegalArgumentException(
                    "width of a timeline: " + width + " columns (expected: " + LEAST_WIDTH + " or more)");
        }
        return new TextTimeline(timeline, width, colours);
    }

    /** {@value #WIDTH} columns, no colours. */
    public static TextTimeline of(Timeline timeline) {
        return of(timeline, WIDTH, false);
    }

    private static String label(int rank) {
        return "rank " + rank;
    }

    /** Lines between line feeds, the first with the title, the last with the axis. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(timeline.title()).append(": ").append(summary.words(timeline.unit()));
        char[][] rows = rows();
        for (int rank = 0; rank < rows.length; rank++) {
            text.append('\n').append(padded(label(rank)));
            appendRow(text, rows[rank]);
        }
        return text.append('\n').append(axis()).toString();
    }

    private String padded(String label) {
        return label + " ".repeat(labels - label.length());
    }

    private char[][] rows() {
        char[][] rows = new char[timeline.ranks()][columns];
        for (int rank = 0; rank < rows.length; rank++) {
            Arrays.fill(rows[rank], IDLE);
            Map<Kind, double[]> filled = new EnumMap<>(Kind.class);
            for (Span span : timeline.spans()) {
                if (span.rank() == rank) {
                    double[] ofKind = filled.computeIfAbsent(span.action().kind(), _ -> new double[columns]);
                    fill(ofKind, span.start(), span.end());
                }
            }
            double[] exchanged = new double[columns];
            for (Exchange exchange : timeline.exchanges()) {
                if (exchange.rank() == rank) {
                    fill(exchanged, exchange.start(), exchange.end());
                }
            }
            for (int column = 0; column < columns; column++) {
                char letter = letter(filled, column);
                rows[rank][column] = letter == IDLE && exchanged[column] > 0.5 ? EXCHANGE : letter;
            }
        }
        return rows;
    }

    /** Adds to each column the part of it that lies within a stretch of time. */
    private void fill(double[] filled, double from, double to) {
        double slice = summary.makespan() / columns;
        if (slice > 0) {
            double start = from / slice;
            double end = to / slice;
            for (int column = Math.max(0, (int) start); column < Math.min(columns, end); column++) {
                filled[column] += Math.min(end, column + 1.0) - Math.max(start, column);
            }
        }
    }

    private static char letter(Map<Kind, double[]> filled, int column) {
        char letter = IDLE;
        double most = 0;
        double idle = 1;
        for (Map.Entry<Kind, double[]> entry : filled.entrySet()) {
            double part = entry.getValue()[column];
            idle -= part;
            if (part > most + SLACK) {
                most = part;
                letter = entry.getKey().name().charAt(0);
            }
        }
        return idle > most + SLACK ? IDLE : letter;
    }

    private void appendRow(StringBuilder text, char[] row) {
        char last = '\0';
        for (char letter : row) {
            if (colours && letter != last) {
                text.append(escape(letter));
                last = letter;
            }
            text.append(letter);
        }
        if (colours) {
            text.append("\u001b[0m");
        }
    }

    private static String escape(char letter) {
        return switch (letter) {
            case 'F' -> "\u001b[0;34m";
            case 'B' -> "\u001b[0;33m";
            case 'I' -> "\u001b[0;35m";
            case 'W' -> "\u001b[0;32m";
            case 'R' -> "\u001b[0;94m";
            case EXCHANGE -> "\u001b[0;36m";
            default -> "\u001b[0;2m";
        };
    }

    private String axis() {
        StringBuilder axis = new StringBuilder(padded(Summary.axis(timeline.unit())));
        Ticks ticks = Ticks.between(0, summary.makespan(), Math.max(1, columns / LABEL_ROOM));
        for (double tick : ticks.values()) {
            int column = summary.makespan() > 0 ? (int) Math.round(tick / summary.makespan() * columns) : 0;
            String label = ticks.label(tick);
            if (column + label.length() <= columns) {
                axis.append(" ".repeat(Math.max(0, labels + column - axis.length())))
                        .append(label);
            }
        }
        return axis.toString();
    }
}
