package millrace.app.output;

import java.util.Optional;
import millrace.actors.event.TrainingEvent.Step;
import org.jspecify.annotations.Nullable;

/** Every so-many-th step of a run, for an output that does not show all of them. */
public final class StepSelection {
    private final int every;
    private @Nullable Step last;

    /** @param every 0 for no step */
    public StepSelection(int every) {
        this.every = every;
    }

    /**
     * A step that is shown.
     *
     * @param samplesPerSecond of the training alone, since the step before that was shown or since the line stood still
     */
    public record Selected(Step step, double samplesPerSecond) {}

    /** The step, if it is to be shown; each must be asked for, in the order in which they were made. */
    public Optional<Selected> select(Step step) {
        if (every == 0 || step.step() % every != 0) {
            return Optional.empty();
        }
        Selected selected = new Selected(step, step.samplesPerSecond(last));
        last = step;
        return Optional.of(selected);
    }
}
