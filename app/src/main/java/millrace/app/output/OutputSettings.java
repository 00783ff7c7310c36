package millrace.app.output;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What is told of a run.
 *
 * @param logEvery steps that standard output tells: every so many, 0 for none
 * @param logs names of the {@link OutputFormats#logs} that are written; none for no logs
 * @param folder where; empty for the run's own folder
 * @param every steps that are logged: every so many
 * @param histograms whether TensorBoard gets the weights' at the ends of epochs
 * @param gradientHistograms whether it gets those of the gradients of the step before
 */
public record OutputSettings(
        int logEvery,
        Set<String> logs,
        Optional<Path> folder,
        int every,
        boolean histograms,
        boolean gradientHistograms) {
    /** @throws IllegalArgumentException on numbers of steps that there are not */
    public OutputSettings {
        logs = Set.copyOf(logs);
        if (logEvery < 0) {
            throw new IllegalArgumentException("training.log-every: " + logEvery + " (expected: 0 or more steps)");
        }
        if (every < 1) {
            throw new IllegalArgumentException("logs.every: " + every + " (expected: 1 or more steps)");
        }
    }

    /** Whether anything is logged. */
    public boolean isLogged() {
        return !logs.isEmpty();
    }

    /** Steps that somebody tells: every so many, for each of these numbers. */
    public Set<Integer> tellEvery() {
        Set<Integer> numbers = new HashSet<>();
        if (logEvery > 0) {
            numbers.add(logEvery);
        }
        if (isLogged()) {
            numbers.add(every);
        }
        return Set.copyOf(numbers);
    }
}
