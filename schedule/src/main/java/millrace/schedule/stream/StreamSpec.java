package millrace.schedule.stream;

/**
 * Asynchronous 1F1B: stage i of n warms up with w = n-1-i forwards (more where links are slow), then does one forward and
 * one backward in turn, and steps its optimizer after every k-th backward without waiting for anybody. With that strict
 * order every version is a pure function of (stage, micro-batch), never of timing. Micro-batches m and versions count
 * from 0 at the start of the stream.
 *
 * @param stages n
 * @param accumulate k, micro-batches of one optimizer step
 * @param allowance forwards that every stage but the last may be ahead beyond n-i, one for each micro-batch that a slow
 *     link holds; each makes gradients one micro-batch staler
 * @param policy which versions forward and backward use
 */
public record StreamSpec(int stages, int accumulate, int allowance, WeightPolicy policy) {
    public StreamSpec {
        if (stages < 1 || accumulate < 1 || allowance < 0) {
            throw new IllegalArgumentException(
                    "stages: " + stages + ", accumulate: " + accumulate + ", allowance: " + allowance
                            + " (expected: 1 or more stages and micro-batches of a step, an allowance of 0 or more)");
        }
        if (policy == WeightPolicy.TWO_BUFFERS && accumulate < warmUp(stages, allowance, 0)) {
            throw new IllegalArgumentException("accumulate: " + accumulate + " with weights 2bw (expected: at least "
                    + warmUp(stages, allowance, 0) + ", the micro-batches in flight behind the first stage); raise"
                    + " --accumulate or take other --weights");
        }
    }

    /** The usual k: as many micro-batches as make every gradient at most one step stale. */
    public static int defaultAccumulate(int stages) {
        return Math.max(1, stages - 1);
    }

    /** Forwards that a stage does before its first backward. */
    public int warmUp(int stage) {
        return warmUp(stages, allowance, stage);
    }

    private static int warmUp(int stages, int allowance, int stage) {
        return stage == stages - 1 ? 0 : stages - 1 - stage + allowance;
    }

    /** Steps that a stage has made when it does the forward of a micro-batch. */
    private long stepsAtForward(int stage, long microBatch) {
        return Math.max(0, microBatch - warmUp(stage)) / accumulate;
    }

    /** The version that the forward uses. */
    public long forwardVersion(int stage, long microBatch) {
        return switch (policy) {
            case STASH, LIVE -> stepsAtForward(stage, microBatch);
            case VERTICAL -> stepsAtForward(0, microBatch);
            case TWO_BUFFERS -> Math.max(microBatch / accumulate - 1, 0);
        };
    }

    /** The version that the backward uses. */
    public long backwardVersion(int stage, long microBatch) {
        return policy == WeightPolicy.LIVE ? microBatch / accumulate : forwardVersion(stage, microBatch);
    }

    /** Steps between the version that the forward used and the step that the gradient goes into. */
    public long staleness(int stage, long microBatch) {
        return microBatch / accumulate - forwardVersion(stage, microBatch);
    }

    /**
     * The oldest version that is still needed.
     *
     * @param nextForward first micro-batch whose forward is still to come
     * @param nextBackward first micro-batch whose backward is still to come
     */
    public long oldestNeeded(int stage, long nextForward, long nextBackward) {
        return Math.min(forwardVersion(stage, nextForward), backwardVersion(stage, nextBackward));
    }
}
