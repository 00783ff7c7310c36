package millrace.app.sweep;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import millrace.nn.infer.Evaluation;

/**
 * One run of a sweep, as far as it has come.
 *
 * @param number from 1
 * @param settings the values that it has of the keys that differ
 * @param status what became of it
 * @param epochs that it was trained for at most
 * @param steps optimizer steps made
 * @param loss of the last step
 * @param evaluations the last ones, by name of the set
 * @param objective the value that trials are compared by; NaN where there is none
 * @param seconds of training
 * @param run its folder, or name
 * @param message why it failed; empty if it has not
 */
public record Trial(
        int number,
        SequencedMap<String, String> settings,
        Status status,
        int epochs,
        long steps,
        double loss,
        Map<String, Evaluation> evaluations,
        double objective,
        double seconds,
        String run,
        String message) {
    /** What became of a trial. */
    public enum Status {
        WAITING,
        /** Trained to the end, or until early stopping ended it. */
        DONE,
        /** Trained to a rung of successive halving, where others were better. */
        DROPPED,
        /** The loss became infinite or no number. */
        DIVERGED,
        /** The settings do not fit each other or the data. */
        REFUSED,
        FAILED,
        INTERRUPTED
    }

    public Trial {
        settings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(settings));
        evaluations = Map.copyOf(evaluations);
    }

    /** One that has not begun. */
    public static Trial waiting(int number, SequencedMap<String, String> settings) {
        return new Trial(number, settings, Status.WAITING, 0, 0, Double.NaN, Map.of(), Double.NaN, 0, "", "");
    }

    /** The same, which has ended otherwise. */
    public Trial ended(Status how, String why) {
        return new Trial(number, settings, how, epochs, steps, loss, evaluations, Double.NaN, seconds, run, why);
    }

    /** The same after a rung, where others were better. */
    public Trial dropped() {
        return new Trial(
                number, settings, Status.DROPPED, epochs, steps, loss, evaluations, objective, seconds, run, message);
    }

    /** The word for what became of it. */
    public String word() {
        return status.name().toLowerCase(Locale.ROOT);
    }
}
