package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The products within the heads of an attention, for one sample after the other: what {@link Kernels#heads} makes, once for a
 * layer. q, k and v lie beside each other in rows of 3 D, each with the columns of one head behind those of the one before;
 * the shares of a head are positions x positions, those of several heads one behind the other. One thread at a time.
 *
 * <p>What a position of a causal attention sees is a lower triangle. It is computed by bands of rows, each as wide as its last
 * row sees; what is right of that is neither read nor written. Where every position sees all, there is one band.
 */
public interface HeadProducts {
    /**
     * The sizes.
     *
     * @param width of a head: D / heads
     * @param band rows that are computed at once; as many as positions where every position sees all
     */
    record Sizes(int heads, int positions, int width, int band) {
        /** D: columns of all heads. */
        public int allWidth() {
            return heads * width;
        }

        /** Shares of one head. */
        public long shares() {
            return (long) positions * positions;
        }
    }

    /** Heads that each call below is for: a divisor of all. */
    int together();

    /** The sample whose forward follows. */
    void begin(MemorySegment qkv);

    /**
     * The sample whose backward follows.
     *
     * @param dMixed positions x D, the gradient with respect to what {@link #mix} makes
     */
    void beginBackward(MemorySegment qkv, MemorySegment dMixed);

    /** {@code scores = q k^T}, from a head on. */
    void score(int first, MemorySegment scores);

    /** {@code mixed = shares v}, from a head on; mixed: positions x D. */
    void mix(int first, MemorySegment shares, MemorySegment mixed);

    /** The gradients of {@link #mix}: {@code dv = shares^T dMixed; dShares = dMixed v^T}, from a head on. */
    void mixBackward(int first, MemorySegment shares, MemorySegment dqkv, MemorySegment dShares);

    /** The gradients of {@link #score}: {@code dq = dScores k; dk = dScores^T q}, from a head on. */
    void scoreBackward(int first, MemorySegment dScores, MemorySegment dqkv);

    /** Frees what is held outside the heap. */
    default void close() {}
}
