package millrace.app.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RunFeedTest {
    private static RunFeed feed() {
        return RunFeed.live("run", Map.of(), () -> {}, () -> {});
    }

    @Test
    void readersGoOnAfterTheLastLineThatTheyHave() {
        RunFeed feed = feed();
        feed.tell("one", true);
        feed.tell("two", false);
        feed.tell("three", true);

        assertThat(feed.after(0, 2)).containsExactly(new RunFeed.Line(1, "one"), new RunFeed.Line(2, "two"));
        assertThat(feed.after(2, 2)).containsExactly(new RunFeed.Line(3, "three"));
        assertThat(feed.after(3, 2)).isEmpty();
    }

    @Test
    void stepsAreThinnedOutAndNothingElse() {
        RunFeed feed = feed();
        int lines = 3 * RunFeed.MOST;
        for (int i = 1; i <= lines; i++) {
            feed.tell("line " + i, i % 100 != 0);
        }

        List<RunFeed.Line> left = feed.after(0, Integer.MAX_VALUE);

        assertThat(left).hasSizeLessThanOrEqualTo(RunFeed.MOST).hasSizeGreaterThan(RunFeed.MOST / 4);
        assertThat(left).extracting(RunFeed.Line::number).isSorted();
        assertThat(left.stream().filter(line -> line.number() % 100 == 0)).hasSize(lines / 100);
        assertThat(left.getLast().number()).isEqualTo(lines);
        assertThat(feed.told()).isEqualTo(lines);
    }

    @Test
    void whoWaitsIsWokenByALineAndByTheEnd() throws Exception {
        RunFeed feed = feed();
        CompletableFuture<List<RunFeed.Line>> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return feed.await(0, 10, Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });

        feed.tell("one", true);

        assertThat(waiting.get()).containsExactly(new RunFeed.Line(1, "one"));
        feed.end();
        assertThat(feed.await(1, 10, Duration.ofMinutes(1))).isEmpty();
        assertThat(feed.isOver()).isTrue();
    }
}
