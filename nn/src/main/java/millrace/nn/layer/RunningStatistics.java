package millrace.nn.layer;

import java.lang.foreign.MemorySegment;

/**
 * What a layer learns of its micro-batches beside gradients, and keeps for inference: the running means of batch norm. They
 * follow each micro-batch as it is seen, unless they are told to {@link #gather}: then what micro-batches give waits until it is
 * taken, and the running means follow what they are given, which may be that of other copies of the layer too.
 */
public interface RunningStatistics {
    /** From now on nothing is followed by itself. */
    void gather();

    /** Floats that a micro-batch gives. */
    long elements();

    /** Micro-batches that were gathered and not taken. */
    int gathered();

    /**
     * Takes what was gathered, micro-batch after micro-batch.
     *
     * @param at where it is put, in floats
     */
    void take(MemorySegment target, long at);

    /**
     * Follows a micro-batch as some copy of the layer has gathered it.
     *
     * @param at where it is, in floats
     * @param first whether it is the first of an optimizer step, over all copies
     */
    void follow(MemorySegment source, long at, boolean first);
}
