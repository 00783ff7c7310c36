package millrace.schedule;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One unit of work: a stage does something for a micro-batch. The text form parses back: {@code 2F0} is stage 2,
 * forward, micro-batch 0 (the form that torch.distributed.pipelining prints).
 *
 * @param stage stage number in the whole line, from 0
 * @param kind what is done
 * @param microBatch micro-batch number within the batch, from 0
 */
public record Action(int stage, Kind kind, int microBatch) implements Cell {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})([FBIWR])(\\d{1,9})");

    /** What a stage does for a micro-batch. */
    public enum Kind {
        /** Forward. */
        F,
        /** Full backward: I and W in one. */
        B,
        /** Backward-input: the error delta for the stage before. */
        I,
        /** Backward-weight: the gradients of the stage's own weights. */
        W,
        /**
         * Recomputation: the forward again, from the stage's input, which is all that its F has left behind. It makes what the
         * backward reads, and waits for nothing but its F, so that it can be done while the error delta is under way.
         */
        R
    }

    public Action {
        if (stage < 0 || microBatch < 0) {
            throw new IllegalArgumentException(
                    "action: stage " + stage + ", micro-batch " + microBatch + " (expected: numbers of 0 or more)");
        }
    }

    /** The forward of a stage for a micro-batch: {@code 2F0}. */
    public static Action forward(int stage, int microBatch) {
        return new Action(stage, Kind.F, microBatch);
    }

    /** The full backward of a stage for a micro-batch: {@code 2B0}. */
    public static Action backward(int stage, int microBatch) {
        return new Action(stage, Kind.B, microBatch);
    }

    /**
     * The action that a text stands for.
     *
     * @throws IllegalArgumentException when the text is not of the form {@code 2F0}
     */
    public static Action parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("action: \"" + text
                    + "\" (expected: stage number, one of F B I W R, micro-batch number, as in 2F0)");
        }
        return new Action(
                Integer.parseInt(matcher.group(1)), Kind.valueOf(matcher.group(2)), Integer.parseInt(matcher.group(3)));
    }

    /** The first half of a split backward, which makes the error delta for the stage before: {@code 2I0}. */
    public static Action backwardInput(int stage, int microBatch) {
        return new Action(stage, Kind.I, microBatch);
    }

    /** The second half of a split backward, which makes the gradients of the stage's own weights: {@code 2W0}. */
    public static Action backwardWeight(int stage, int microBatch) {
        return new Action(stage, Kind.W, microBatch);
    }

    /** The second forward of a stage for a micro-batch, before its backward: {@code 2R0}. */
    public static Action recomputation(int stage, int microBatch) {
        return new Action(stage, Kind.R, microBatch);
    }

    @Override
    public List<Action> actions() {
        return List.of(this);
    }

    @Override
    public String toString() {
        return stage + kind.name() + microBatch;
    }
}
