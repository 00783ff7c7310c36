package millrace.nn.kernel.dnnl;

import static millrace.nn.kernel.dnnl.DnnlApi.BF16;
import static millrace.nn.kernel.dnnl.DnnlApi.F32;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import millrace.nn.kernel.HeadProducts;
import millrace.nn.tensor.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Products within heads by a processor's own bfloat16 instructions, which add up in float32: of several heads at once, because
 * one of them takes hardly more time than to begin it. Each factor is rounded once for all products that it is in: q, k and v
 * with the sample, shares and their gradients with the heads.
 */
final class DnnlBf16HeadProducts implements HeadProducts {
    // rounded and not, shares that are computed at once stay in a core's second cache
    private static final long MOST_SHARES = 1 << 17;

    private final DnnlProducts products;
    private final Sizes sizes;
    private final int together;
    private final Rounded qkv;
    private final Rounded dMixed;
    private final Rounded shares;
    private final List<Band> bands = new ArrayList<>();

    DnnlBf16HeadProducts(OneDnn library, Sizes sizes) {
        this.products = new DnnlProducts(library);
        this.sizes = sizes;
        this.together = together(sizes);
        this.qkv = new Rounded(sizes.positions(), 3 * sizes.allWidth());
        this.dMixed = new Rounded(sizes.positions(), sizes.allWidth());
        this.shares = new Rounded(together * sizes.positions(), sizes.positions());
    }

    private static int together(Sizes sizes) {
        int most = Math.clamp(MOST_SHARES / sizes.shares(), 1, sizes.heads());
        while (sizes.heads() % most != 0) {
            most--;
        }
        return most;
    }

    /** Rows without gaps, rounded; made ready by the thread that computes. */
    private final class Rounded {
        private final int rows;
        private final int columns;
        private @Nullable DnnlPrimitive reorder;
        private MemorySegment memory = MemorySegment.NULL;

        Rounded(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
        }

        void set(MemorySegment floats) {
            DnnlPrimitive ready = reorder;
            if (ready == null) {
                ready = products.reorder(products.rows(F32, rows, columns), products.rows(BF16, rows, columns));
                reorder = ready;
                memory = Memory.allocate(products.arena(), Math.ceilDiv((long) rows * columns, 2));
            }
            products.run(ready, floats, memory);
        }

        MemorySegment from(long element) {
            return memory.asSlice(element * Short.BYTES);
        }
    }

    /** The products of a band of rows; those of gradients have rows of 3 D as their results, but for {@code dShares}. */
    private record Band(
            int first,
            DnnlPrimitive scores,
            DnnlPrimitive mixed,
            DnnlPrimitive dv,
            DnnlPrimitive dShares,
            DnnlPrimitive dq,
            DnnlPrimitive dk) {}

    private List<Band> bands() {
        for (int first = bands.size() * sizes.band(); first < sizes.positions(); first += sizes.band()) {
            bands.add(band(first));
        }
        return bands;
    }

    private Band band(int first) {
        int d = sizes.allWidth();
        int rows = Math.min(sizes.band(), sizes.positions() - first);
        int seen = first + rows;
        // transposed, a band of columns: those positions that see it begin where it begins
        int seeing = sizes.positions() - first;
        return new Band(
                first,
                product(heads(BF16, rows, 3 * d), turnedHeads(seen, 3 * d), shares(F32, rows, seen)),
                product(shares(BF16, rows, seen), heads(BF16, seen, 3 * d), heads(F32, rows, d)),
                product(turnedShares(rows, seeing), heads(BF16, seeing, d), heads(F32, rows, 3 * d)),
                product(heads(BF16, rows, d), turnedHeads(seen, 3 * d), shares(F32, rows, seen)),
                product(shares(BF16, rows, seen), heads(BF16, seen, 3 * d), heads(F32, rows, 3 * d)),
                product(turnedShares(rows, seeing), heads(BF16, seeing, 3 * d), heads(F32, rows, 3 * d)));
    }

    private DnnlPrimitive product(MemorySegment left, MemorySegment right, MemorySegment result) {
        return products.product(left, right, result, false);
    }

    private MemorySegment heads(int type, int rows, int stride) {
        return products.matrices(type, together, rows, sizes.width(), sizes.width(), stride, 1);
    }

    private MemorySegment turnedHeads(int columns, int stride) {
        return products.matrices(BF16, together, sizes.width(), columns, sizes.width(), 1, stride);
    }

    private MemorySegment shares(int type, int rows, int columns) {
        return products.matrices(type, together, rows, columns, sizes.shares(), sizes.positions(), 1);
    }

    private MemorySegment turnedShares(int rows, int columns) {
        return products.matrices(BF16, together, rows, columns, sizes.shares(), 1, sizes.positions());
    }

    @Override
    public int together() {
        return together;
    }

    @Override
    public void begin(MemorySegment sample) {
        qkv.set(sample);
    }

    @Override
    public void beginBackward(MemorySegment sample, MemorySegment delta) {
        qkv.set(sample);
        dMixed.set(delta);
    }

    @Override
    public void score(int first, MemorySegment scores) {
        for (Band band : bands()) {
            products.run(band.scores, q(band, first), k(first), from(scores, row(band)));
        }
    }

    @Override
    public void mix(int first, MemorySegment mixedBy, MemorySegment mixed) {
        shares.set(mixedBy);
        for (Band band : bands()) {
            products.run(band.mixed, shares.from(row(band)), v(first), from(mixed, column(band, 1, first)));
        }
    }

    @Override
    public void mixBackward(int first, MemorySegment mixedBy, MemorySegment dqkv, MemorySegment dShares) {
        shares.set(mixedBy);
        for (Band band : bands()) {
            MemorySegment d = dMixed.from(column(band, 1, first));
            products.run(band.dv, shares.from(square(band)), d, from(dqkv, column(band, 3, 2 * sizes.heads() + first)));
            products.run(band.dShares, d, v(first), from(dShares, row(band)));
        }
    }

    @Override
    public void scoreBackward(int first, MemorySegment dScores, MemorySegment dqkv) {
        shares.set(dScores);
        for (Band band : bands()) {
            products.run(band.dq, shares.from(row(band)), k(first), from(dqkv, column(band, 3, first)));
            MemorySegment dk = from(dqkv, column(band, 3, sizes.heads() + first));
            products.run(band.dk, shares.from(square(band)), q(band, first), dk);
        }
    }

    /** Where a band's shares begin. */
    private long row(Band band) {
        return (long) band.first * sizes.positions();
    }

    /** Where those shares begin in which a band's positions are seen. */
    private long square(Band band) {
        return row(band) + band.first;
    }

    /** Where, in rows of so many times D, a band's rows begin in the columns of a head. */
    private long column(Band band, int times, int head) {
        return (long) band.first * times * sizes.allWidth() + (long) head * sizes.width();
    }

    private MemorySegment q(Band band, int head) {
        return qkv.from(column(band, 3, head));
    }

    private MemorySegment k(int head) {
        return qkv.from((long) (sizes.heads() + head) * sizes.width());
    }

    private MemorySegment v(int head) {
        return qkv.from((2L * sizes.heads() + head) * sizes.width());
    }

    private static MemorySegment from(MemorySegment memory, long floats) {
        return memory.asSlice(floats * Float.BYTES);
    }

    @Override
    public void close() {
        products.close();
    }
}
