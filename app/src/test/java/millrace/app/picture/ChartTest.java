package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.List;
import javax.imageio.ImageIO;
import millrace.app.picture.Chart.Line;
import millrace.app.picture.Chart.Value;
import org.junit.jupiter.api.Test;

class ChartTest {
    private static final Chart CHART = Chart.of(
            "Idle time",
            "micro-batches",
            "idle (%)",
            List.of(
                    new Line("gpipe, 4 ranks", List.of(new Value(4, 42.9), new Value(8, 27.3), new Value(16, 15.8))),
                    new Line("1f1b & more", List.of(new Value(4, 40), new Value(16, 0)))));

    @Test
    void namesLinesAndAxesAndHasRoundTicks() throws Exception {
        Svg svg = new Svg(CHART.svg());
        assertThat(svg.texts())
                .contains("Idle time", "micro-batches", "idle (%)", "gpipe, 4 ranks", "1f1b & more")
                .containsSequence("0", "10", "20", "30", "40", "50", "0", "2", "4", "6", "8", "10", "12", "14", "16");
    }

    @Test
    void drawsAMarkerAValueAndOneInTheLegend() throws Exception {
        // each has a white rim below it
        assertThat(new Svg(CHART.svg()).all("polygon")).hasSize(2 * (5 + 2));
    }

    @Test
    void paintsItsLines() throws Exception {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(CHART.png()));
        int colour = Palette.line(0).rgb();
        boolean found = false;
        for (int y = 0; y < image.getHeight() && !found; y++) {
            for (int x = 0; x < image.getWidth() / 2 && !found; x++) {
                found = (image.getRGB(x, y) & 0xFFFFFF) == colour;
            }
        }
        assertThat(found).isTrue();
    }

    @Test
    void drawsASingleValueAndAConstantLine() throws Exception {
        for (double value : new double[] {0, 5, 1e6}) {
            Chart chart = Chart.of(
                    "one", "x", "y", List.of(new Line("a", List.of(new Value(value, value), new Value(value, value)))));
            assertThat(chart.svg()).doesNotContain("NaN", "Infinity");
            new Svg(chart.svg());
        }
    }

    @Test
    void cutsOffWhatLiesOutsideItsAxis() throws Exception {
        Chart all = Chart.of(
                "cut",
                "x",
                "y",
                List.of(new Line("a", List.of(new Value(0, 0), new Value(10, 100), new Value(20, 80)))));
        Svg cut = new Svg(all.within(90, 100).svg());
        assertThat(cut.texts())
                .containsSequence("90", "92", "94", "96", "98", "100")
                .doesNotContain("80");
        // of three markers one is left, beside that of the legend
        assertThat(cut.all("polygon")).hasSize(2 * 2);
        // as many lines as before: both parts reach into the axis, from its lower edge
        Svg whole = new Svg(all.within(0, 100).svg());
        assertThat(cut.all("line")).hasSameSizeAs(whole.all("line"));
        assertThat(new Svg(all.within(200, 300).svg()).all("line"))
                .hasSize(whole.all("line").size() - 2);
    }

    @Test
    void refusesNothingAndNotANumber() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Chart.of("none", "x", "y", List.of(new Line("a", List.of()))))
                .withMessage("lines of chart \"none\": none with values (expected: one)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Value(1, Double.NaN))
                .withMessage("value of a chart: 1.0, NaN (expected: finite numbers)");
    }
}
