package millrace.app.picture;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;

/** Paints pixels in memory; needs no screen. */
final class PngCanvas implements Canvas {
    /** Pixels for a CSS pixel: print and sharp screens want two. */
    static final int SCALE = 2;

    private static final double MOST_PIXELS = 60e6;

    // Java's own
    private static final float MITER_LIMIT = 10;

    private final BufferedImage image;
    private final Graphics2D graphics;

    PngCanvas(double width, double height) {
        // a very large picture is sharp enough, and has to fit into memory
        int scale = width * height * SCALE * SCALE > MOST_PIXELS ? 1 : SCALE;
        image = new BufferedImage(
                (int) Math.ceil(width * scale), (int) Math.ceil(height * scale), BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        // before scaling: a fraction of a pixel at the right would stay black
        rect(new Box(0, 0, image.getWidth(), image.getHeight()), Colour.WHITE);
        graphics.scale(scale, scale);
    }

    @Override
    public void rect(Box box, Colour fill) {
        graphics.setColor(new Color(fill.rgb()));
        graphics.fill(rectangle(box));
    }

    @Override
    public void rect(Box box, Colour fill, Stroke edge, String note) {
        rect(box, fill);
        use(edge, BasicStroke.CAP_SQUARE);
        graphics.draw(rectangle(box));
    }

    private static Rectangle2D rectangle(Box box) {
        return new Rectangle2D.Double(box.x(), box.y(), box.width(), box.height());
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, Stroke stroke) {
        use(stroke, BasicStroke.CAP_BUTT);
        graphics.draw(new Line2D.Double(x1, y1, x2, y2));
    }

    private void use(Stroke stroke, int cap) {
        graphics.setColor(new Color(stroke.colour().rgb()));
        float width = (float) stroke.width();
        Dashes dashes = stroke.dashes();
        graphics.setStroke(
                dashes.left() > 0
                        ? new BasicStroke(
                                width,
                                cap,
                                BasicStroke.JOIN_MITER,
                                MITER_LIMIT,
                                new float[] {(float) dashes.drawn(), (float) dashes.left()},
                                (float) dashes.phase())
                        : new BasicStroke(width, cap, BasicStroke.JOIN_MITER));
    }

    @Override
    public void polygon(List<Point> corners, Colour fill) {
        Path2D path = new Path2D.Double();
        path.moveTo(corners.getFirst().x(), corners.getFirst().y());
        corners.forEach(corner -> path.lineTo(corner.x(), corner.y()));
        path.closePath();
        graphics.setColor(new Color(fill.rgb()));
        graphics.fill(path);
    }

    @Override
    public void text(double x, double y, String text, Lettering lettering) {
        Font font = new Font(Font.SANS_SERIF, lettering.bold() ? Font.BOLD : Font.PLAIN, 1)
                .deriveFont((float) lettering.size());
        double width =
                font.getStringBounds(text, graphics.getFontRenderContext()).getWidth();
        double left = switch (lettering.anchor()) {
            case START -> x;
            case MIDDLE -> x - width / 2;
            case END -> x - width;
        };
        graphics.setFont(font);
        graphics.setColor(new Color(lettering.colour().rgb()));
        graphics.drawString(text, (float) left, (float) y);
    }

    /** The picture as a file's bytes. */
    byte[] bytes() {
        graphics.dispose();
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            // without ImageIO's cache on the disk
            ImageIO.setUseCache(false);
            ImageIO.write(image, "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("picture: cannot be encoded as PNG", e);
        }
    }
}
