package millrace.app.picture;

/** Something drawn: one layout, as SVG or as PNG. */
public abstract sealed class Picture permits Gantt, Chart {
    private static final String HEADLESS = "java.awt.headless";

    /** In CSS pixels. */
    abstract double width();

    /** In CSS pixels. */
    abstract double height();

    abstract void draw(Canvas canvas);

    /** The picture as the text of an SVG file. */
    public final String svg() {
        SvgCanvas canvas = new SvgCanvas(width(), height());
        draw(canvas);
        return canvas.toString();
    }

    /** The picture as the bytes of a PNG file, at twice its size in pixels. */
    public final byte[] png() {
        // servers have no screen, and none is needed; decided when java.awt first loads
        if (System.getProperty(HEADLESS) == null) {
            System.setProperty(HEADLESS, "true");
        }
        PngCanvas canvas = new PngCanvas(width(), height());
        draw(canvas);
        return canvas.bytes();
    }
}
