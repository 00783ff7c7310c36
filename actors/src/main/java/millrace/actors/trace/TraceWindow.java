package millrace.actors.trace;

/**
 * The steps of a run that are measured.
 *
 * @param from first step, counted from 0
 * @param until the step after the last
 * @param actions whether each action, step and message of theirs is recorded, not only where their time went
 */
public record TraceWindow(long from, long until, boolean actions) {
    /** Nothing is measured. */
    public static final TraceWindow NONE = new TraceWindow(0, 0);

    /** Steps whose every action is recorded. */
    public TraceWindow(long from, long until) {
        this(from, until, true);
    }

    /** Steps of which only the sums of their times are kept ({@link RankTimes}), however many they are. */
    public static TraceWindow times(long from, long until) {
        return new TraceWindow(from, until, false);
    }

    public boolean contains(long step) {
        return step >= from && step < until;
    }

    /** Whether any step is measured. */
    public boolean isOpen() {
        return until > from;
    }

    /** Whether what belongs to this step is recorded action by action. */
    boolean records(long step) {
        return actions && contains(step);
    }
}
