package millrace.app.picture;

import java.util.List;

/** What pictures are drawn on: the origin is at the top left, y grows downwards, lengths are CSS pixels. */
interface Canvas {
    /** Where text is held. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** A rectangle. */
    record Box(double x, double y, double width, double height) {
        double centreX() {
            return x + width / 2;
        }

        double centreY() {
            return y + height / 2;
        }
    }

    /** A corner of a polygon. */
    record Point(double x, double y) {}

    /** How a line is drawn. */
    record Stroke(Colour colour, double width, Dashes dashes) {
        /** Without gaps. */
        Stroke(Colour colour, double width) {
            this(colour, width, Dashes.NONE);
        }
    }

    /**
     * Dashes and gaps in turn.
     *
     * @param drawn length of a dash
     * @param left length of a gap; 0 where there are none
     * @param phase how far into the first dash and gap the line begins
     */
    record Dashes(double drawn, double left, double phase) {
        static final Dashes NONE = new Dashes(1, 0, 0);
    }

    /** How text is set. */
    record Lettering(double size, boolean bold, Anchor anchor, Colour colour) {
        static Lettering plain(double size, Anchor anchor, Colour colour) {
            return new Lettering(size, false, anchor, colour);
        }

        static Lettering bold(double size, Anchor anchor) {
            return new Lettering(size, true, anchor, Colour.BLACK);
        }

        /** From the middle of the letters down to the line they stand on. */
        double drop() {
            return 0.36 * size;
        }
    }

    void rect(Box box, Colour fill);

    /**
     * A rectangle with something to tell.
     *
     * @param edge drawn half inside, half outside
     * @param note for viewers that show it under the pointer
     */
    void rect(Box box, Colour fill, Stroke edge, String note);

    void line(double x1, double y1, double x2, double y2, Stroke stroke);

    void polygon(List<Point> corners, Colour fill);

    /** Text on the line y. */
    void text(double x, double y, String text, Lettering lettering);

    /** What text takes in width, about: an SVG's fonts are known only where it is shown. */
    static double widthOf(String text, double size) {
        return 0.58 * size * text.length();
    }
}
