package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import javax.imageio.ImageIO;
import millrace.app.picture.Chart.Line;
import millrace.app.picture.Chart.Value;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** Every line of a chart is seen: alone with one point, and where it lies on others; and what a point's error bar shows. */
class ChartLinesTest {
    /** Left of the legend. */
    private static final int PLOT_WIDTH = 700;

    private static Line line(String name, DoubleUnaryOperator height, double... places) {
        List<Value> values = new ArrayList<>();
        for (double x : places) {
            values.add(new Value(x, height.applyAsDouble(x)));
        }
        return new Line(name, values);
    }

    private static Chart chart(Line... lines) {
        return Chart.of("chart", "x", "y", List.of(lines));
    }

    /** The lines of the SVG that are neither axes nor the legend's. */
    private static List<Element> drawn(Chart chart, int line) throws Exception {
        List<Element> all = new Svg(chart.svg())
                .all("line").stream()
                        .filter(element -> element.getAttribute("stroke")
                                .equals(Palette.line(line).hex()))
                        .toList();
        return all.subList(0, all.size() - 1);
    }

    /** Pixels of a line's colour in a plot. */
    private static int pixels(int[] plot, int line) {
        int colour = Palette.line(line).rgb();
        int count = 0;
        for (int pixel : plot) {
            count += (pixel & 0xFFFFFF) == colour ? 1 : 0;
        }
        return count;
    }

    /** The picture left of the legend, read once for all lines. */
    private static int[] painted(Chart chart) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(chart.png()));
        BufferedImage plot =
                new BufferedImage(PLOT_WIDTH * PngCanvas.SCALE, image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = plot.createGraphics();
        graphics.drawImage(image, 0, 0, null);
        graphics.dispose();
        return ((DataBufferInt) plot.getRaster().getDataBuffer()).getData();
    }

    @Test
    void aSinglePointIsSeenInTheMiddleAboveItsOnlyTick() throws Exception {
        for (double x : new double[] {0, 8, 0.25, -3, 1e17}) {
            Chart chart = chart(line("a", _ -> 0.3, x));
            Svg svg = new Svg(chart.svg());
            int tick = svg.texts().indexOf("x") - 2;
            assertThat(Double.parseDouble(svg.texts().get(tick))).isEqualTo(x);
            Element label = svg.all("text").get(tick);
            Element axis = svg.all("text").get(svg.texts().indexOf("x"));
            assertThat(label.getAttribute("x")).isEqualTo(axis.getAttribute("x"));
            assertThat(svg.texts()).containsSequence("0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30");
            assertThat(svg.all("polygon")).hasSize(2 * 2);
            assertThat(pixels(painted(chart), 0)).isGreaterThan(200);
        }
    }

    @Test
    void wholePlacesHaveWholeTicks() throws Exception {
        assertThat(new Svg(chart(line("a", x -> 4 * x, 0, 1, 2)).svg()).texts()).containsSequence("0", "1", "2", "y");
    }

    @Test
    void valuesBelowZeroHangFromIt() throws Exception {
        assertThat(new Svg(chart(line("a", _ -> -5, 1)).svg()).texts())
                .containsSequence("-5", "-4", "-3", "-2", "-1", "0");
    }

    /** 3 * 0.1 is more than 0.3: an axis that begins there holds 0.3 all the same. */
    @Test
    void aValueAtTheRoundedEndOfAnAxisIsSeen() throws Exception {
        Chart chart = chart(line("a", x -> 0.3, 1, 2)).within(0.3, 1);
        assertThat(new Svg(chart.svg()).all("polygon")).hasSize(2 * 3);
    }

    @Test
    void linesOnEachOtherTakeTurnsAndTheLegendSaysSo() throws Exception {
        Chart chart = chart(
                line("gpipe", x -> 10 / x, 1, 2, 4),
                line("other", x -> x, 1, 2, 4),
                line("1f1b", x -> 10 / x, 1, 2, 4));
        for (int line : new int[] {0, 2}) {
            assertThat(drawn(chart, line))
                    .hasSize(2)
                    .allSatisfy(element ->
                            assertThat(element.getAttribute("stroke-dasharray")).isEqualTo("9 9"));
        }
        double first = Svg.number(drawn(chart, 0).getFirst(), "stroke-dashoffset");
        double third = Svg.number(drawn(chart, 2).getFirst(), "stroke-dashoffset");
        assertThat(Math.abs(first - third)).isEqualTo(9);
        assertThat(drawn(chart, 1)).hasSize(2).noneMatch(element -> element.hasAttribute("stroke-dasharray"));
        assertThat(new Svg(chart.svg()).texts()).containsSubsequence("gpipe", "other", "1f1b (lies on gpipe)");
    }

    /** The second line goes straight where the first has a point more, and then leaves it. */
    @Test
    void onlyTheSharedPartOfLinesIsDashed() throws Exception {
        Chart chart = chart(line("a", x -> x, 0, 1, 2, 4), line("b", x -> x > 2 ? 0 : x, 0, 2, 4));
        assertThat(drawn(chart, 0)).hasSize(3);
        assertThat(drawn(chart, 1)).hasSize(3);
        for (int line : new int[] {0, 1}) {
            assertThat(drawn(chart, line).stream().map(element -> element.hasAttribute("stroke-dasharray")))
                    .containsExactly(true, true, false);
        }
        assertThat(new Svg(chart.svg()).texts()).contains("a", "b");
    }

    /** Dashes go on from piece to piece: with a new begin at each of many short ones the second line was never drawn. */
    @Test
    void dashesGoOnOverShortPieces() throws Exception {
        double[] places = new Random(1).doubles(300).sorted().toArray();
        Chart chart = chart(line("a", x -> x, places), line("b", x -> x, places));
        double period = 18;
        double way = 0;
        for (Element element : drawn(chart, 1)) {
            double offset = Svg.number(element, "stroke-dashoffset");
            double expected = ((way - 9) % period + period) % period;
            double apart = Math.abs(offset - expected);
            assertThat(Math.min(apart, period - apart)).isLessThan(0.5);
            way += Math.hypot(
                    Svg.number(element, "x2") - Svg.number(element, "x1"),
                    Svg.number(element, "y2") - Svg.number(element, "y1"));
        }
    }

    @Test
    void everyLineOfRandomChartsIsPainted() throws Exception {
        for (long seed = 1; seed <= 12; seed++) {
            Random random = new Random(seed);
            List<Line> lines = new ArrayList<>();
            for (int i = 0; i < 2 + random.nextInt(5); i++) {
                double[] places = random.doubles(1 + random.nextInt(6), 0, 20).toArray();
                Line own = line("own", _ -> random.nextInt(4), places);
                Line other = i == 0 ? own : lines.get(random.nextInt(i));
                // a line of its own, a copy of another line, or a part of it
                lines.add(
                        switch (random.nextInt(3)) {
                            case 0 -> own;
                            case 1 -> new Line("copy", other.values());
                            default ->
                                new Line(
                                        "part",
                                        other.values()
                                                .subList(0, (other.values().size() + 1) / 2));
                        });
            }
            Chart chart = chart(lines.toArray(Line[]::new));
            int[] plot = painted(chart);
            for (int i = 0; i < lines.size(); i++) {
                assertThat(pixels(plot, i)).as("line %d, seed %d", i, seed).isGreaterThan(20);
            }
            new Svg(chart.svg());
        }
    }

    @Test
    void anErrorBarGoesFromTheLowestToTheHighest() throws Exception {
        Chart chart = chart(new Line("a", List.of(new Value(1, 5, 2, 10), new Value(2, 5))));
        List<Element> lines = drawn(chart, 0);
        // the line itself, the bar, and its two caps
        assertThat(lines).hasSize(4);
        Element bar = lines.get(1);
        double zero = 446;
        double pixels = 380 / 10.0;
        assertThat(Svg.number(bar, "x1")).isEqualTo(Svg.number(bar, "x2"));
        assertThat(Svg.number(bar, "y1")).isEqualTo(zero - 2 * pixels);
        assertThat(Svg.number(bar, "y2")).isEqualTo(zero - 10 * pixels);
        assertThat(Svg.number(lines.get(2), "y1")).isEqualTo(zero - 2 * pixels);
        assertThat(Svg.number(lines.get(3), "y2")).isEqualTo(zero - 10 * pixels);

        List<Element> cut = drawn(chart.within(4, 8), 0);
        assertThat(cut).as("without caps, which lie outside").hasSize(2);
        assertThat(Svg.number(cut.get(1), "y2")).isEqualTo(66);
        assertThat(drawn(chart.within(11, 12), 0)).isEmpty();
    }

    @Test
    void errorBarsOfSeveralLinesStandSideBySide() throws Exception {
        List<Value> values = List.of(new Value(1, 5, 4, 6), new Value(2, 7, 4, 8));
        Chart chart = chart(new Line("a", values), new Line("b", values), new Line("c", values));
        double a = Svg.number(drawn(chart, 0).get(1), "x1");
        double b = Svg.number(drawn(chart, 1).get(1), "x1");
        double c = Svg.number(drawn(chart, 2).get(1), "x1");
        assertThat(List.of(b - a, c - b)).containsExactly(4.0, 4.0);
        int[] plot = painted(chart);
        for (int line = 0; line < 3; line++) {
            assertThat(pixels(plot, line)).isGreaterThan(500);
        }
    }

    @Test
    void refusesASpreadWithoutItsValue() {
        for (double[] spread : new double[][] {{6, 7}, {1, 4}, {Double.NaN, 7}, {1, Double.POSITIVE_INFINITY}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Value(1, 5, spread[0], spread[1]))
                    .withMessage("spread of a chart's value 5.0: " + spread[0] + " to " + spread[1]
                            + " (expected: finite numbers, the value between them)");
        }
    }
}
