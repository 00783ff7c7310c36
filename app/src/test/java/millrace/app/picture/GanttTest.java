package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.List;
import javax.imageio.ImageIO;
import millrace.app.picture.Canvas.Box;
import millrace.schedule.Action.Kind;
import millrace.schedule.timeline.Timeline;
import org.junit.jupiter.api.Test;

class GanttTest {
    private static final Timeline SMALL = Samples.small("s");

    @Test
    void drawsABoxASpanInProportionToItsTimes() throws Exception {
        List<Svg.Noted> boxes = new Svg(Gantt.of(List.of(SMALL)).svg()).noted();
        assertThat(boxes)
                .extracting(Svg.Noted::note)
                .containsExactlyElementsOf(SMALL.spans().stream()
                        .map(span -> span.action() + ", batch 7, " + Ticks.brief(span.start()) + " to "
                                + Ticks.brief(span.end()))
                        .toList());
        double left = boxes.getFirst().box().x();
        double scale = boxes.getFirst().box().width();
        for (int i = 0; i < boxes.size(); i++) {
            Timeline.Span span = SMALL.spans().get(i);
            Box box = boxes.get(i).box();
            assertThat(box.x()).as(span.toString()).isCloseTo(left + span.start() * scale, within(0.05));
            assertThat(box.width()).as(span.toString()).isCloseTo((span.end() - span.start()) * scale, within(0.05));
            assertThat(box.y())
                    .as(span.toString())
                    .isEqualTo(boxes.get(span.rank() * 4).box().y());
        }
    }

    @Test
    void saysWhatItShows() throws Exception {
        Svg svg = new Svg(Gantt.of(List.of(SMALL)).svg());
        assertThat(svg.texts())
                .contains(SMALL.title(), "makespan 10 s, idle 40.0 %", "rank 0", "rank 1", "time (s)")
                .contains("forward (F)", "backward (B)", "idle", "0", "2", "10")
                .doesNotContain("backward, inputs (I)", "message");
        assertThat(svg.root().getAttribute("viewBox"))
                .isEqualTo("0 0 " + svg.root().getAttribute("width") + " "
                        + svg.root().getAttribute("height"));
    }

    @Test
    void laysTimelinesAboveEachOtherOnOneAxis() throws Exception {
        Timeline slower = new Timeline(
                "slow", "s", 1, List.of(Samples.span(0, "0F0", 0, 10), Samples.span(0, "0B0", 10, 20)), List.of());
        List<Svg.Noted> boxes = new Svg(Gantt.of(List.of(SMALL, slower)).svg()).noted();
        Box tenth = boxes.get(8).box();
        assertThat(boxes.get(3).box().x() + boxes.get(3).box().width())
                .as("time 10 in the first")
                .isCloseTo(tenth.x() + tenth.width(), within(0.01));
        assertThat(tenth.y())
                .isGreaterThan(boxes.get(4).box().y() + boxes.get(4).box().height());
    }

    @Test
    void paintsTheSamePixels() throws Exception {
        Gantt gantt = Gantt.of(List.of(SMALL));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(gantt.png()));
        assertThat(image.getWidth()).isEqualTo((int) (gantt.width() * PngCanvas.SCALE));
        List<Svg.Noted> boxes = new Svg(gantt.svg()).noted();
        Box forward = boxes.get(1).box();
        Box backward = boxes.get(2).box();
        double gap = (forward.x() + forward.width() + backward.x()) / 2;
        // a little left of the number in the middle
        assertThat(colour(image, forward.centreX() - 12, forward.centreY())).isEqualTo(Palette.of(Kind.F));
        assertThat(colour(image, backward.centreX() - 12, backward.centreY())).isEqualTo(Palette.of(Kind.B));
        assertThat(colour(image, gap, forward.centreY())).isEqualTo(Palette.IDLE);
        assertThat(colour(image, 1, 1)).isEqualTo(Colour.WHITE);
        assertThat(colour(image, gantt.width() - 0.5, gantt.height() - 0.5)).isEqualTo(Colour.WHITE);
    }

    private static Colour colour(BufferedImage image, double x, double y) {
        return new Colour(image.getRGB((int) (x * PngCanvas.SCALE), (int) (y * PngCanvas.SCALE)) & 0xFFFFFF);
    }

    @Test
    void tintsTheSecondStageOfARank() throws Exception {
        Svg svg = new Svg(Gantt.of(List.of(Samples.twoChunks())).svg());
        assertThat(svg.noted())
                .filteredOn(box -> box.note().contains("F0"))
                .extracting(Svg.Noted::fill)
                .as("0F0 and 3F0 on rank 0, 1F0 and 2F0 on rank 1")
                .containsExactly(
                        Palette.of(Kind.F).hex(),
                        Palette.of(Kind.F, 1, 2).hex(),
                        Palette.of(Kind.F).hex(),
                        Palette.of(Kind.F, 1, 2).hex());
        assertThat(svg.texts()).contains("lighter: a rank's second stage", "backward, inputs (I)");
    }

    @Test
    void drawsAnArrowAMessageWhenAsked() throws Exception {
        int with =
                new Svg(Gantt.withMessages(List.of(SMALL)).svg()).all("polygon").size();
        int without = new Svg(Gantt.of(List.of(SMALL)).svg()).all("polygon").size();
        assertThat(without).isZero();
        assertThat(with).as("and one in the legend").isEqualTo(SMALL.messages().size() + 1);
    }

    @Test
    void isAsWideAsItNeedsWithinLimits() {
        assertThat(Gantt.of(List.of(SMALL)).width()).isEqualTo(900);
        assertThat(Gantt.of(List.of(Samples.ofSpans(60))).width()).isBetween(1500.0, 2500.0);
        assertThat(Gantt.of(List.of(Samples.ofSpans(20_000))).width()).isEqualTo(4000);
    }

    @Test
    void drawsAnEmptyTimeline() throws Exception {
        Gantt gantt = Gantt.of(List.of(new Timeline("none", "", 2, List.of(), List.of())));
        assertThat(new Svg(gantt.svg()).texts()).contains("makespan 0, idle 0.0 %", "time");
        assertThat(gantt.png()).isNotEmpty();
    }

    @Test
    void refusesWhatItCannotDraw() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gantt.of(List.of()))
                .withMessage("timelines: none (expected: one or more)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gantt.of(List.of(Samples.ofSpans(15_000), Samples.ofSpans(5_001))))
                .withMessage("spans in a picture: 20001 (expected: at most 20000); draw fewer batches, or write a"
                        + " trace to a file that ends in .json");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gantt.of(List.of(Samples.twoChunks(), SMALL)))
                .withMessageContaining("\"s\" (expected: \"\", as of \"zbv\")");
    }
}
