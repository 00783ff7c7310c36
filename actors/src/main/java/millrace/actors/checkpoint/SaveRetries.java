package millrace.actors.checkpoint;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import millrace.actors.event.TrainingEvent.Noticed;

/**
 * How long a run goes on that cannot be saved: a disk that is full for a moment, or a server that is started again, costs
 * it nothing. Each failure is followed by a longer wait; after a minute of waiting it is given up. No clock of its own.
 */
public final class SaveRetries {
    private static final List<Duration> WAITS = List.of(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofSeconds(8),
            Duration.ofSeconds(8),
            Duration.ofSeconds(8),
            Duration.ofSeconds(8),
            Duration.ofMillis(12_500));
    /** All waits together. */
    private static final Duration PATIENCE = WAITS.stream().reduce(Duration.ZERO, Duration::plus);

    private int failures;

    /** Whether the last attempt has failed. */
    public boolean failing() {
        return failures > 0;
    }

    /**
     * An attempt has failed.
     *
     * @return how long to wait before the next one; empty when it is to be given up
     */
    public Optional<Duration> failed() {
        failures++;
        return failures <= WAITS.size() ? Optional.of(WAITS.get(failures - 1)) : Optional.empty();
    }

    /** What to tell of a failure: only the first of several is news. */
    public Optional<Noticed> notice(long step, String reason) {
        return failures == 1
                ? Optional.of(Noticed.warning("the checkpoint of step " + step + " was not saved: " + reason
                        + "; training goes on, and saving is tried again for " + PATIENCE.toSeconds() + " s"))
                : Optional.empty();
    }

    /** What to tell of a checkpoint that was saved: that it is news after failures. */
    public Optional<Noticed> saved(long step) {
        int failed = failures;
        failures = 0;
        return failed > 0
                ? Optional.of(new Noticed("the checkpoint of step " + step + " was saved, after "
                        + (failed == 1 ? "one failure" : failed + " failures")))
                : Optional.empty();
    }

    /** What ends the run when the last attempt was in vain. */
    public static IllegalArgumentException givenUp(String reason) {
        return new IllegalArgumentException(reason + "; tried for " + PATIENCE.toSeconds()
                + " s, then given up; the checkpoint before it is there");
    }
}
