package millrace.schedule.stream;

import java.util.stream.IntStream;

/**
 * Training without a flush: stage i of n warms up with w = n-1-i forwards (more where links are slow), then does one
 * forward and one backward in turn, and steps its optimizer after every k-th backward without waiting for anybody. With
 * that strict order every version is a pure function of (stage, micro-batch), never of timing. Micro-batches m and
 * versions count from 0 at the start of the stream.
 *
 * @param stages n
 * @param accumulate k, micro-batches of one optimizer step
 * @param allowance a, micro-batches more in flight for each hop to the last stage, for slow links: stage i warms up with
 *     w (1 + a) forwards. Because every stage keeps a micro-batch for as long as its order says, each hop needs whole ones
 *     of its own: a = ceil(2 * latency / (time of F and B)) keeps the line busy; each makes gradients staler
 * @param policy which versions forward and backward use
 * @param discipline strict order, or whatever is ready
 * @param synchronous micro-batches at the start, a multiple of k, that are trained with a flush after every k of them
 *     (Yang et al., PipeMare, MLSys 2021, T3: synchronous warm-up)
 */
public record StreamSpec(
        int stages, int accumulate, int allowance, WeightPolicy policy, Discipline discipline, long synchronous) {
    // a link that holds more is a mistake in the units
    private static final int MOST_ALLOWED = 1000;

    public StreamSpec {
        if (stages < 1 || accumulate < 1 || allowance < 0 || allowance > MOST_ALLOWED) {
            throw new IllegalArgumentException("stages: " + stages + ", accumulate: " + accumulate + ", allowance: "
                    + allowance + " (expected: 1 or more stages and micro-batches of a step, an allowance of 0 to "
                    + MOST_ALLOWED + ")");
        }
        if (synchronous < 0 || synchronous % accumulate != 0) {
            throw new IllegalArgumentException("synchronous micro-batches: " + synchronous
                    + " (expected: 0 or more, a multiple of " + accumulate + ", the micro-batches of a step)");
        }
        if (policy == WeightPolicy.TWO_BUFFERS && accumulate < warmUp(stages, allowance, 0)) {
            throw new IllegalArgumentException("accumulate: " + accumulate + " with weights 2bw (expected: at least "
                    + warmUp(stages, allowance, 0) + ", the micro-batches in flight behind the first stage); raise"
                    + " --accumulate or take other --weights");
        }
        if (discipline == Discipline.GREEDY && policy != WeightPolicy.STASH && policy != WeightPolicy.LIVE) {
            throw new IllegalArgumentException("weights: " + policy.word()
                    + " with a greedy stream (expected: stash or live, the others need to know the delay beforehand)");
        }
    }

    /** Strict order, without a flush from the first micro-batch on. */
    public StreamSpec(int stages, int accumulate, int allowance, WeightPolicy policy) {
        this(stages, accumulate, allowance, policy, Discipline.ONE_FORWARD_ONE_BACKWARD, 0);
    }

    /** The same with a synchronous start, rounded up to whole steps. */
    public StreamSpec startingSynchronously(long microBatches) {
        long steps = (microBatches + accumulate - 1) / accumulate;
        return new StreamSpec(stages, accumulate, allowance, policy, discipline, steps * accumulate);
    }

    /**
     * The usual k: a step a batch, as with a flush, so that learning rates mean the same; more where a batch has fewer
     * micro-batches than make every gradient at most one step stale.
     */
    public static int defaultAccumulate(int stages, int microBatches) {
        return Math.max(microBatches, stages - 1);
    }

    /**
     * The usual number of micro-batches of a batch, with one step a batch: as few as make no gradient more than one step
     * stale, and let each stage compute at least one gradient of each step with the newest weights. With one fewer all of the
     * first stage's are late; gpt-tiny on two stages then took 1.5 times as long to the same loss. No stage waits for the
     * others at a batch's end, so still smaller pieces would only make products smaller.
     *
     * @param batch samples, which the number divides
     */
    public static int defaultMicroBatches(int stages, int batch) {
        return IntStream.rangeClosed(stages, batch)
                .filter(count -> batch % count == 0)
                .findFirst()
                .orElse(batch);
    }

    /** Whether timing decides which versions are used. */
    public boolean isGreedy() {
        return discipline == Discipline.GREEDY;
    }

    /** Forwards that a stage does before its first backward. */
    public int warmUp(int stage) {
        return warmUp(stages, allowance, stage);
    }

    private static int warmUp(int stages, int allowance, int stage) {
        return (stages - 1 - stage) * (1 + allowance);
    }

    /** Backwards that a stage must have done before it does the forward of a micro-batch: the flushes at the start. */
    long flushedBefore(long microBatch) {
        return microBatch < synchronous ? microBatch - microBatch % accumulate : synchronous;
    }

    /** Steps that a stage has made when it does the forward of a micro-batch. */
    private long stepsAtForward(int stage, long microBatch) {
        return Math.max(flushedBefore(microBatch), microBatch - warmUp(stage)) / accumulate;
    }

    /** The step, counted from 0, that the gradient of a micro-batch goes into. */
    private long ownStep(long microBatch) {
        return microBatch / accumulate;
    }

    /** The version that the forward uses, or is predicted from. */
    public long forwardVersion(int stage, long microBatch) {
        if (isGreedy()) {
            throw new IllegalStateException("the version of a greedy stream's forward is decided by timing");
        }
        return switch (policy) {
            case STASH, LIVE, PREDICT, NESTEROV -> stepsAtForward(stage, microBatch);
            case VERTICAL -> stepsAtForward(0, microBatch);
            case TWO_BUFFERS -> Math.max(ownStep(microBatch) - 1, flushedBefore(microBatch) / accumulate);
        };
    }

    /** The version that the backward uses. */
    public long backwardVersion(int stage, long microBatch) {
        return policy.isConsistent() ? forwardVersion(stage, microBatch) : ownStep(microBatch);
    }

    /** Steps between the version that the forward used and the step that the gradient goes into. */
    public long staleness(int stage, long microBatch) {
        return ownStep(microBatch) - forwardVersion(stage, microBatch);
    }

    /** Steps that the forward's weights are predicted ahead. */
    public long lookAhead(int stage, long microBatch) {
        return policy == WeightPolicy.PREDICT ? staleness(stage, microBatch) : 0;
    }

    /** The most that a gradient of the stage can be stale, in steps; for greedy streams what the cap allows. */
    public long mostStale(int stage) {
        return switch (policy) {
            case STASH, LIVE, PREDICT, NESTEROV -> stepsDuring(warmUp(stage));
            case VERTICAL -> stepsDuring(warmUp(0));
            case TWO_BUFFERS -> 1;
        };
    }

    /**
     * The most versions of a stage's weights, predictions included, that are held at once, that for evaluations aside. Where a
     * stage may be saved, which is where what was granted ends, it holds what those need that are in flight then.
     */
    public int mostVersions(int stage) {
        int ahead = warmUp(stage);
        return switch (policy) {
            case TWO_BUFFERS -> 2;
            // the newest and the predictions of all that is in flight
            case PREDICT -> ahead == 0 ? 1 : ahead + 2;
            case LIVE, STASH, NESTEROV, VERTICAL -> Math.toIntExact(mostStale(stage)) + 1;
        };
    }

    private long stepsDuring(int microBatches) {
        return ((long) microBatches + accumulate - 1) / accumulate;
    }

    /**
     * The oldest version that is still needed; a prediction is made as long as its version is the newest.
     *
     * @param nextForward first micro-batch whose forward is still to come
     * @param nextBackward first micro-batch whose backward is still to come
     */
    public long oldestNeeded(int stage, long nextForward, long nextBackward) {
        long forBackward = backwardVersion(stage, nextBackward);
        return policy == WeightPolicy.PREDICT ? forBackward : Math.min(forwardVersion(stage, nextForward), forBackward);
    }
}
