package millrace.actors.trainer;

/**
 * How far the first stage may run ahead of the last loss: enough that it never waits for the trainer, little enough
 * that a request to stop is followed within about a quarter of a second.
 */
final class Grants {
    private static final long AHEAD_NANOS = 250_000_000;
    private static final int MOST = 256;
    private static final int FEWEST = 2;

    private long granted;
    private long lastStepAt;
    private double stepNanos = AHEAD_NANOS;

    Grants(long firstStep, long now) {
        this.granted = firstStep;
        this.lastStepAt = now;
    }

    /** A step was made; the time of a step is followed by an exponential mean. */
    void stepped(long now) {
        stepNanos += 0.2 * (now - lastStepAt - stepNanos);
        lastStepAt = now;
    }

    /**
     * Whether more steps should be granted.
     *
     * @param step steps made
     * @param target steps to make in all
     * @return the new grant, or -1 when the old one will do for now
     */
    long next(long step, long target) {
        long window = Math.clamp((long) (AHEAD_NANOS / Math.max(1, stepNanos)), FEWEST, MOST);
        if (granted >= target || granted - step > window / 2) {
            return -1;
        }
        granted = Math.min(target, step + window);
        return granted;
    }

    /** Steps granted so far. */
    long granted() {
        return granted;
    }
}
