package millrace.app.picture;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import millrace.app.picture.Canvas.Box;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Reads an SVG back with the JDK's XML parser, which refuses what is not well-formed. */
final class Svg {
    /** A rectangle that has something to tell. */
    record Noted(String note, Box box, String fill) {}

    private final Element root;

    Svg(String text) throws Exception {
        root = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(text)))
                .getDocumentElement();
    }

    Element root() {
        return root;
    }

    List<Element> all(String tag) {
        NodeList nodes = root.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    List<String> texts() {
        return all("text").stream().map(Element::getTextContent).toList();
    }

    List<Noted> noted() {
        return all("title").stream()
                .map(title -> {
                    Element rect = (Element) title.getParentNode();
                    Box box = new Box(
                            number(rect, "x"), number(rect, "y"), number(rect, "width"), number(rect, "height"));
                    return new Noted(title.getTextContent(), box, rect.getAttribute("fill"));
                })
                .toList();
    }

    static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }
}
