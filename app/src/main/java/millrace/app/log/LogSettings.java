package millrace.app.log;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Which logs of a run are written.
 *
 * @param formats none for no logs
 * @param folder where; empty for the run's own folder
 * @param every steps that are logged: every so many
 * @param histograms whether TensorBoard gets the weights' at the ends of epochs
 * @param gradientHistograms whether it gets those of the gradients of the step before
 */
public record LogSettings(
        Set<Format> formats, Optional<Path> folder, int every, boolean histograms, boolean gradientHistograms) {
    /** A form of log, by its name in lower case. */
    public enum Format {
        TENSORBOARD,
        CSV,
        JSONL
    }

    /** @throws IllegalArgumentException on a number of steps below 1 */
    public LogSettings {
        formats = Set.copyOf(formats);
        if (every < 1) {
            throw new IllegalArgumentException("logs.every: " + every + " (expected: 1 or more steps)");
        }
    }

    /** Whether anything is logged. */
    public boolean isOn() {
        return !formats.isEmpty();
    }

    /** Step events that a run must send so that both its logs and a report of every so many steps, 0 for none, have theirs. */
    public int stepsBetweenEvents(int reported) {
        if (!isOn()) {
            return reported;
        }
        int a = every;
        int b = reported;
        while (b != 0) {
            int rest = a % b;
            a = b;
            b = rest;
        }
        return a;
    }
}
