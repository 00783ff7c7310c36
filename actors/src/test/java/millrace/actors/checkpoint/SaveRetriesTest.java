package millrace.actors.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import millrace.actors.event.TrainingEvent.Noticed;
import org.junit.jupiter.api.Test;

class SaveRetriesTest {
    private final SaveRetries retries = new SaveRetries();

    @Test
    void itIsTriedForAMinuteAndNotForEver() {
        Duration all = Duration.ZERO;
        int attempts = 0;
        for (Optional<Duration> wait = retries.failed(); wait.isPresent(); wait = retries.failed()) {
            assertThat(wait.get()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(13));
            all = all.plus(wait.get());
            attempts++;
        }
        assertThat(all).isEqualTo(Duration.ofSeconds(60));
        assertThat(attempts).isEqualTo(10);
        assertThat(SaveRetries.givenUp("no room"))
                .hasMessage("no room; tried for 60 s, then given up; the checkpoint before it is there");
    }

    @Test
    void onlyTheFirstFailureAndTheEndOfThemAreTold() {
        assertThat(retries.saved(1)).isEmpty();
        assertThat(retries.failed()).isPresent();
        assertThat(retries.notice(2, "no room"))
                .contains(new Noticed("warning: the checkpoint of step 2 was not saved: no room; training goes on, and"
                        + " saving is tried again for 60 s"));
        assertThat(retries.failing()).isTrue();
        assertThat(retries.failed()).isPresent();
        assertThat(retries.notice(3, "no room")).isEmpty();
        assertThat(retries.saved(4)).contains(new Noticed("the checkpoint of step 4 was saved, after 2 failures"));
        assertThat(retries.failing()).isFalse();
        assertThat(retries.saved(5)).isEmpty();
        assertThat(retries.failed()).contains(Duration.ofMillis(500));
    }
}
