package millrace.app.picture;

import java.util.List;
import millrace.schedule.Action.Kind;

/**
 * The colours of kinds and lines. Hues keep apart for the common forms of colour blindness (after Okabe and Ito, Color
 * Universal Design, 2008); brightness rises from F to I, B and W, so that a print in grey can be read too.
 */
final class Palette {
    static final Colour IDLE = new Colour(0xEFEFEF);
    /** Gradients on their way between replicas. */
    static final Colour EXCHANGE = new Colour(0xCC79A7);

    private static final double MOST_TINT = 0.55;
    private static final double TINT = 0.36;

    private static final List<Colour> LINES = List.of(
            new Colour(0x0072B2),
            new Colour(0xD55E00),
            new Colour(0x009E73),
            new Colour(0xCC79A7),
            new Colour(0xE69F00),
            new Colour(0x56B4E9),
            new Colour(0x333333));

    private Palette() {}

    static Colour of(Kind kind) {
        return switch (kind) {
            case F -> new Colour(0x1B4F8F);
            case I -> new Colour(0xD55E00);
            case B -> new Colour(0xE69F00);
            case W -> new Colour(0x9ADBC5);
            case R -> new Colour(0x56B4E9);
        };
    }

    /** A rank's first stage has the kind's own colour, its later ones are lighter. */
    static Colour of(Kind kind, int chunk, int chunks) {
        double step = chunks < 2 ? 0 : Math.min(TINT, MOST_TINT / (chunks - 1));
        return of(kind).lighter(step * chunk);
    }

    /** A line of a chart. */
    static Colour line(int index) {
        return LINES.get(index % LINES.size());
    }

    /** In words, for a legend. */
    static String words(Kind kind) {
        return switch (kind) {
            case F -> "forward (F)";
            case B -> "backward (B)";
            case I -> "backward, inputs (I)";
            case W -> "backward, weights (W)";
            case R -> "forward again (R)";
        };
    }
}
