package millrace.app.output.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import millrace.app.output.text.StepLine.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepLineTest {
    private static final Progress HALF = new Progress("epoch 3", "loss 0.1234", 469, 938, Duration.ofSeconds(3));

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            79 | epoch 3  50% loss 0.1234 [====>   ] 469/938 (0:00:03 / 0:00:03) (156.3 steps/s)
            69 | epoch 3  50% loss 0.1234 [=======>      ] 469/938 (0:00:03 / 0:00:03)
            59 | epoch 3  50% loss 0.1234 [=======>      ] 469/938 (0:00:03)
            39 | epoch 3  50% loss 0.1234 [==> ] 469/938
            37 | epoch 3  50% loss 0.1234 469/938
            30 | epoch 3  50% loss 0.1234
            20 | epoch 3 loss 0.1234
            15 | loss 0.1234
            6 | loss 0
            """)
    void saysTheMostTellingAsLongAsItFits(int columns, String line) {
        assertThat(StepLine.words(HALF, columns)).isEqualTo(line).hasSizeLessThanOrEqualTo(columns);
    }

    @Test
    void fitsAnyWidthAndTellsTheLossWhereverThereIsRoomForIt() {
        List<Progress> all = new ArrayList<>();
        for (long done : new long[] {0, 1, 7, 93_799, 93_800}) {
            for (String loss : List.of("", "loss 0.0001", "loss 123456.7890")) {
                all.add(new Progress("epoch 100", loss, done, 93_800, Duration.ofMillis(3_661_500)));
                all.add(new Progress("epoch 1", loss, Math.min(done, 10), 10, Duration.ZERO));
            }
        }
        for (Progress progress : all) {
            for (int columns = 0; columns < 200; columns++) {
                String line = StepLine.words(progress, columns);
                assertThat(line).hasSizeLessThanOrEqualTo(columns);
                if (columns >= progress.loss().length()) {
                    assertThat(line).contains(progress.loss());
                }
            }
        }
    }

    @Test
    void aBarIsEmptyAtTheBeginningAndFullAtTheEnd() {
        assertThat(StepLine.words(new Progress("epoch 1", "", 0, 10, Duration.ZERO), 35))
                .isEqualTo("epoch 1   0% [>             ]  0/10");
        assertThat(StepLine.words(new Progress("epoch 1", "", 10, 10, Duration.ofHours(30)), 50))
                .isEqualTo("epoch 1 100% [========] 10/10 (30:00:00 / 0:00:00)");
    }

    /** Asked at every drawing: a window may have been resized since the last. */
    @Test
    void goesByTheWidthOfTheMoment() {
        List<String> lines = new CopyOnWriteArrayList<>();
        ProgressBarConsumer narrowing = new ProgressBarConsumer() {
            @Override
            public int getMaxRenderedLength() {
                return lines.isEmpty() ? 79 : 30;
            }

            @Override
            public void accept(String rendered) {
                lines.add(rendered);
            }

            @Override
            public void close() {}
        };
        ProgressBarBuilder builder = new ProgressBarBuilder()
                .setTaskName("epoch 2")
                .setInitialMax(10)
                .setRenderer(new StepLine())
                .setConsumer(narrowing);
        try (ProgressBar bar = builder.build()) {
            bar.stepTo(4);
            bar.setExtraMessage("loss 0.5000");
            bar.refresh();
            bar.refresh();
        }
        assertThat(lines.getFirst()).hasSize(79);
        assertThat(lines.getLast()).isEqualTo("epoch 2  40% loss 0.5000  4/10");
    }
}
