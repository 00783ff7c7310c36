package millrace.nn.layer;

/**
 * Adds up the time that gradients of weights (W) take within other work: a full backward computes them layer by layer on its
 * way, and what a layer has put off is made up for when somebody reads the gradient. It stands still until it is started,
 * and then reads the time twice a layer. One thread at a time.
 */
public final class GradientClock {
    private boolean running;
    private int depth;
    private long began;
    private long nanos;

    /** From now on it measures. */
    public void start() {
        running = true;
    }

    /** Work on a gradient begins; within such work this changes nothing. */
    public void enter() {
        if (running && depth++ == 0) {
            began = System.nanoTime();
        }
    }

    /** The work that {@link #enter} began ends. */
    public void leave() {
        if (running && --depth == 0) {
            nanos += System.nanoTime() - began;
        }
    }

    /** Nanoseconds so far. */
    public long nanos() {
        return nanos;
    }
}
