package millrace.app.picture;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes SVG 1.1 as text. */
final class SvgCanvas implements Canvas {
    private final StringBuilder svg = new StringBuilder();

    SvgCanvas(double width, double height) {
        svg.append(String.format(Locale.ROOT, """
                <?xml version="1.0" encoding="UTF-8"?>
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$s" height="%2$s" viewBox="0 0 %1$s %2$s" \
                font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">
                """, number(width), number(height)));
        rect(new Box(0, 0, width, height), Colour.WHITE);
    }

    @Override
    public void rect(Box box, Colour fill) {
        openRect(box, fill);
        svg.append("/>\n");
    }

    @Override
    public void rect(Box box, Colour fill, Stroke edge, String note) {
        openRect(box, fill);
        stroke(edge);
        svg.append("><title>").append(escaped(note)).append("</title></rect>\n");
    }

    private void openRect(Box box, Colour fill) {
        svg.append("<rect");
        attribute("x", box.x());
        attribute("y", box.y());
        attribute("width", box.width());
        attribute("height", box.height());
        attribute("fill", fill.hex());
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, Stroke stroke) {
        svg.append("<line");
        attribute("x1", x1);
        attribute("y1", y1);
        attribute("x2", x2);
        attribute("y2", y2);
        stroke(stroke);
        svg.append("/>\n");
    }

    @Override
    public void polygon(List<Point> corners, Colour fill) {
        svg.append("<polygon");
        attribute(
                "points",
                corners.stream()
                        .map(corner -> number(corner.x()) + "," + number(corner.y()))
                        .collect(Collectors.joining(" ")));
        attribute("fill", fill.hex());
        svg.append("/>\n");
    }

    @Override
    public void text(double x, double y, String text, Lettering lettering) {
        svg.append("<text");
        attribute("x", x);
        attribute("y", y);
        attribute("font-size", lettering.size());
        attribute("fill", lettering.colour().hex());
        if (lettering.bold()) {
            attribute("font-weight", "bold");
        }
        switch (lettering.anchor()) {
            case START -> {}
            case MIDDLE -> attribute("text-anchor", "middle");
            case END -> attribute("text-anchor", "end");
        }
        svg.append('>').append(escaped(text)).append("</text>\n");
    }

    /** The whole picture. */
    @Override
    public String toString() {
        return svg + "</svg>\n";
    }

    private void stroke(Stroke stroke) {
        attribute("stroke", stroke.colour().hex());
        attribute("stroke-width", stroke.width());
        Dashes dashes = stroke.dashes();
        if (dashes.left() > 0) {
            attribute("stroke-dasharray", number(dashes.drawn()) + " " + number(dashes.left()));
            attribute("stroke-dashoffset", dashes.phase());
        }
    }

    private void attribute(String name, double value) {
        attribute(name, number(value));
    }

    private void attribute(String name, String value) {
        svg.append(' ').append(name).append("=\"").append(value).append('"');
    }

    /** At most three decimals, a thousandth of a pixel. */
    private static String number(double value) {
        double rounded = Math.round(value * 1000) / 1000.0;
        return Math.rint(rounded) == rounded ? String.valueOf((long) rounded) : String.valueOf(rounded);
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                // XML 1.0 cannot hold them, not even escaped
                default -> escaped.appendCodePoint(Character.isISOControl(c) || !Character.isDefined(c) ? ' ' : c);
            }
        });
        return escaped.toString();
    }
}
