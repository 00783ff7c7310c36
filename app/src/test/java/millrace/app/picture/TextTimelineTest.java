package millrace.app.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import millrace.schedule.timeline.Timeline;
import org.junit.jupiter.api.Test;

class TextTimelineTest {
    @Test
    void drawsALineARank() {
        assertThat(TextTimeline.of(Samples.small(""), 48, false)).hasToString("""
                        1f1b <small> & "quick": makespan 10, idle 40.0 %
                        rank 0  FFFFFFFF............BBBBBBBB....BBBBBBBB
                        rank 1  ......FFFFBBBBBBBBFFFFBBBBBBBB..........
                        time    0                   5""");
    }

    @Test
    void saysTheUnitAndSplitsTheBackward() {
        Timeline split = Samples.twoChunks();
        Timeline inMillis = new Timeline("zbv", "ms", 2, split.spans(), split.messages());
        assertThat(TextTimeline.of(inMillis, 38, false)).hasToString("""
                        zbv: makespan 9 ms, idle 33.3 %
                        rank 0     FFF......FFFIIIWWW...IIIWWW
                        rank 1     ...FFFFFF......IIIIIIWWWWWW
                        time (ms)  0              5""");
    }

    @Test
    void aColumnHasTheLetterOfWhatFillsMostOfIt() {
        Timeline fine = new Timeline(
                "fine",
                "",
                1,
                List.of(
                        Samples.span(0, "0F0", 0, 0.4),
                        Samples.span(0, "0B0", 0.4, 1.2),
                        Samples.span(0, "0W0", 1.9, 2),
                        Samples.span(0, "0F1", 21, 22)),
                List.of());
        assertThat(TextTimeline.of(fine, 30, false).toString().lines()).contains("rank 0  B....................F");
    }

    @Test
    void coloursEachRunOfLettersOnce() {
        String text = TextTimeline.of(Samples.small(""), 48, true).toString();
        assertThat(text.lines().skip(1).findFirst().orElseThrow())
                .isEqualTo(
                        "rank 0  \u001b[0;34mFFFFFFFF\u001b[0;2m............\u001b[0;33mBBBBBBBB\u001b[0;2m....\u001b[0;33mBBBBBBBB\u001b[0m");
        assertThat(text.replaceAll("\u001b\\[[0-9;]*m", ""))
                .isEqualTo(TextTimeline.of(Samples.small(""), 48, false).toString());
    }

    @Test
    void linesAreAsWideAsAsked() {
        assertThat(TextTimeline.of(Samples.small("")).toString().lines().skip(1).limit(2))
                .allMatch(line -> line.length() == TextTimeline.WIDTH);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextTimeline.of(Samples.small(""), 12, false))
                .withMessage("width of a timeline: 12 columns (expected: 30 or more)");
    }

    @Test
    void nothingIsIdle() {
        assertThat(TextTimeline.of(new Timeline("none", "", 1, List.of(), List.of()), 30, false))
                .hasToString("""
                        none: makespan 0, idle 0.0 %
                        rank 0  ......................
                        time    0""");
    }
}
