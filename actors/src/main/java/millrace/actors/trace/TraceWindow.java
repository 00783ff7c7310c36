package millrace.actors.trace;

/**
 * The steps of a run that are recorded.
 *
 * @param from first step, counted from 0
 * @param until the step after the last
 */
public record TraceWindow(long from, long until) {
    /** Nothing is recorded. */
    public static final TraceWindow NONE = new TraceWindow(0, 0);

    public boolean contains(long step) {
        return step >= from && step < until;
    }
}
