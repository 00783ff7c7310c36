package millrace.app.picture;

import java.util.Locale;

/**
 * An opaque colour.
 *
 * @param rgb as in {@code 0xRRGGBB}
 */
record Colour(int rgb) {
    static final Colour BLACK = new Colour(0x1A1A1A);
    static final Colour WHITE = new Colour(0xFFFFFF);
    static final Colour GREY = new Colour(0x666666);
    static final Colour PALE = new Colour(0xDDDDDD);

    /** Mixed with white: 0 is the colour itself, 1 is white. */
    Colour lighter(double share) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int part = rgb >> shift & 0xFF;
            mixed |= (int) Math.round(part + (255 - part) * share) << shift;
        }
        return new Colour(mixed);
    }

    /** Black or white, whichever is easier to read on this colour. */
    Colour ink() {
        return brightness() > 0.5 ? BLACK : WHITE;
    }

    /** How bright it looks, and prints in grey, 0 to 1 (Rec. 601 luma). */
    double brightness() {
        return (0.299 * (rgb >> 16 & 0xFF) + 0.587 * (rgb >> 8 & 0xFF) + 0.114 * (rgb & 0xFF)) / 255;
    }

    /** As SVG writes it: {@code #0072B2}. */
    String hex() {
        return String.format(Locale.ROOT, "#%06X", rgb);
    }
}
