package millrace.actors.course;

import java.util.function.LongSupplier;
import millrace.actors.event.TrainingEvent.Stretch;

/** The time of the training alone. It stands still where the line does: for evaluations, snapshots and the disk. */
final class TrainingClock {
    private final LongSupplier nanoTime;
    private boolean runs;
    private long since;
    private double seconds;
    private long samples;
    // the training since the line last stood still
    private long stretchFrom;
    private long stretchSamples;
    private long stretchBegin;

    /**
     * @param nanoTime in nanoseconds
     */
    TrainingClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * The line begins, or goes on.
     *
     * @param step steps made by then
     */
    void begin(long step) {
        runs = true;
        since = nanoTime.getAsLong();
        stretchBegin = since;
        stretchFrom = step;
        stretchSamples = 0;
    }

    /** A step of so many samples was made. */
    void made(int rows) {
        samples += rows;
        stretchSamples += rows;
    }

    /** Seconds since it began or was last asked; 0 while it stands still. */
    double lap() {
        if (!runs) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        double lap = (now - since) / 1e9;
        since = now;
        seconds += lap;
        return lap;
    }

    /** As {@link #lap}; from now on it stands still. */
    double stop() {
        double lap = lap();
        runs = false;
        return lap;
    }

    /** The training since the line last stood still. */
    Stretch stretch() {
        return new Stretch(stretchFrom, stretchSamples, nanoTime.getAsLong() - stretchBegin);
    }

    /** All laps together. */
    double seconds() {
        return seconds;
    }

    double samplesPerSecond() {
        return seconds > 0 ? samples / seconds : 0;
    }
}
