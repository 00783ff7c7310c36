package millrace.nn.kernel;

import java.lang.foreign.MemorySegment;

/** One head after the other, by the kernels' own products: a head's shares stay in the cache from one product to the next. */
final class PlainHeadProducts implements HeadProducts {
    private final Kernels kernels;
    private final Sizes sizes;
    private MemorySegment qkv = MemorySegment.NULL;
    private MemorySegment dMixed = MemorySegment.NULL;

    PlainHeadProducts(Kernels kernels, Sizes sizes) {
        this.kernels = kernels;
        this.sizes = sizes;
    }

    @Override
    public int together() {
        return 1;
    }

    @Override
    public void begin(MemorySegment sample) {
        qkv = sample;
    }

    @Override
    public void beginBackward(MemorySegment sample, MemorySegment delta) {
        qkv = sample;
        dMixed = delta;
    }

    @Override
    public void score(int first, MemorySegment scores) {
        product(q(qkv, first), 3 * sizes.allWidth(), k(qkv, first), scores);
    }

    @Override
    public void mix(int first, MemorySegment shares, MemorySegment mixed) {
        mix(false, shares, v(qkv, first), 3 * sizes.allWidth(), head(mixed, first), sizes.allWidth());
    }

    @Override
    public void mixBackward(int first, MemorySegment shares, MemorySegment dqkv, MemorySegment dShares) {
        MemorySegment d = head(dMixed, first);
        mix(true, shares, d, sizes.allWidth(), v(dqkv, first), 3 * sizes.allWidth());
        product(d, sizes.allWidth(), v(qkv, first), dShares);
    }

    @Override
    public void scoreBackward(int first, MemorySegment dScores, MemorySegment dqkv) {
        int stride = 3 * sizes.allWidth();
        mix(false, dScores, k(qkv, first), stride, q(dqkv, first), stride);
        mix(true, dScores, q(qkv, first), stride, k(dqkv, first), stride);
    }

    /** Positions x positions, but for what no position of the band sees, from two pieces of one head. */
    private void product(MemorySegment a, int strideA, MemorySegment b, MemorySegment result) {
        int positions = sizes.positions();
        for (int first = 0; first < positions; first += sizes.band()) {
            int seen = Math.min(first + sizes.band(), positions);
            kernels.gemm(
                    false,
                    true,
                    seen - first,
                    seen,
                    sizes.width(),
                    from(a, (long) first * strideA),
                    strideA,
                    b,
                    3L * sizes.allWidth(),
                    false,
                    from(result, (long) first * positions),
                    positions);
        }
    }

    /** The rows of one head mixed in the given shares, or in their transpose. */
    private void mix(
            boolean transpose, MemorySegment shares, MemorySegment x, int strideX, MemorySegment y, int strideY) {
        int positions = sizes.positions();
        for (int first = 0; first < positions; first += sizes.band()) {
            int seen = Math.min(first + sizes.band(), positions);
            // transposed, a band of columns: those positions that see it begin where it begins
            int from = transpose ? first : 0;
            int to = transpose ? positions : seen;
            kernels.gemm(
                    transpose,
                    false,
                    seen - first,
                    sizes.width(),
                    to - from,
                    from(shares, (long) first * positions + from),
                    positions,
                    from(x, (long) from * strideX),
                    strideX,
                    false,
                    from(y, (long) first * strideY),
                    strideY);
        }
    }

    private static MemorySegment from(MemorySegment memory, long floats) {
        return memory.asSlice(floats * Float.BYTES);
    }

    private MemorySegment q(MemorySegment memory, int head) {
        return head(memory, head);
    }

    private MemorySegment k(MemorySegment memory, int head) {
        return head(memory, sizes.heads() + head);
    }

    private MemorySegment v(MemorySegment memory, int head) {
        return head(memory, 2 * sizes.heads() + head);
    }

    private MemorySegment head(MemorySegment memory, int head) {
        return from(memory, (long) head * sizes.width());
    }
}
