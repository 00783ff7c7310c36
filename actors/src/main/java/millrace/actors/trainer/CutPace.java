package millrace.actors.trainer;

import millrace.actors.checkpoint.CheckpointPace;
import millrace.actors.checkpoint.CheckpointTimes;

/**
 * When the next cut is due. What a cut costs shows in the steps: the first ones after it share the cores, the disk and the network
 * with what it sets going; those later before the next cut have them for themselves. The quiet ones begin when three times the
 * time has gone that it took to write the cut, since copies on other nodes are made after that; the fewer steps are taken for
 * busy ones, the less chance is in what they took longer. No clock of its own.
 */
final class CutPace {
    private final CheckpointTimes times;
    private long begun;
    private long quietFrom;
    private boolean measures;
    // steps since the cut, and the end of the last one; the same of those that were not quiet
    private long steps;
    private long lastAt;
    private long busySteps;
    private long busyUntil;

    /**
     * @param now in nanoseconds, as everywhere here
     */
    CutPace(CheckpointPace pace, long now) {
        this.times = new CheckpointTimes(pace);
        this.begun = now;
    }

    boolean isDue(long now) {
        return now - begun >= times.nanos();
    }

    /** A cut is begun. */
    void begun(long now) {
        if (measures) {
            learn();
        }
        begun = now;
        quietFrom = now + times.nanos() / 2;
        measures = true;
        steps = 0;
        busySteps = 0;
    }

    /** The cut is on the disk. */
    void committed(long now) {
        quietFrom = begun + 3 * (now - begun);
        // steps that were taken for quiet ones were not
        busySteps = 0;
    }

    /** A step of the line has ended. */
    void stepped(long now) {
        steps++;
        lastAt = now;
        if (busySteps == 0 && now - quietFrom >= 0) {
            busySteps = steps;
            busyUntil = now;
        }
    }

    /**
     * The steps since the cut have shared the cores with something else, or have waited, or it was none: nothing is to be learnt of
     * them.
     */
    void disturbed() {
        measures = false;
    }

    private void learn() {
        long quiet = steps - busySteps;
        if (busySteps == 0 || quiet == 0) {
            times.tooSoon();
            return;
        }
        double undisturbed = (double) (lastAt - busyUntil) / quiet;
        times.cost(busyUntil - begun - busySteps * undisturbed);
    }
}
