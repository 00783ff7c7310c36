package millrace.actors.course;

/**
 * Where in a run there is something to do beside the training.
 *
 * @param stepsPerEpoch of all epochs
 * @param atEpochs whether there is something at their ends
 * @param every at every so-many-th step too; 0 for nowhere else
 * @param lastStep where the run ends
 */
record Places(long stepsPerEpoch, boolean atEpochs, long every, long lastStep) {
    /** The first of them after a step; at the latest the end of the run. */
    long after(long step) {
        long endOfEpoch = atEpochs ? next(step, stepsPerEpoch) : lastStep;
        long place = every > 0 ? Math.min(endOfEpoch, next(step, every)) : endOfEpoch;
        return Math.min(place, lastStep);
    }

    private static long next(long step, long length) {
        return (step / length + 1) * length;
    }

    /** Whether an epoch ends with a step. */
    boolean endEpoch(long step) {
        return step % stepsPerEpoch == 0;
    }

    /** The epoch of a step, from 1. */
    int epochOf(long step) {
        return Math.toIntExact((Math.max(1, step) - 1) / stepsPerEpoch) + 1;
    }
}
