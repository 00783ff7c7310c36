package millrace.actors.link;

import java.time.Duration;

/**
 * What messages between ranks suffer. Delays come from the seed and the message alone; with jitter, messages overtake
 * each other. The scheduler's tick of a millisecond is the resolution.
 *
 * @param latency of every message
 * @param jitter up to so much more, uniformly distributed
 * @param bandwidth bytes a second in each direction of each pair of ranks, infinite for no limit
 * @param seed of the jitter
 */
public record LinkSpec(Duration latency, Duration jitter, double bandwidth, long seed) {
    /** Messages are handed over at once. */
    public static final LinkSpec DIRECT = new LinkSpec(Duration.ZERO, Duration.ZERO, Double.POSITIVE_INFINITY, 0);

    public LinkSpec {
        if (latency.isNegative() || jitter.isNegative() || !(bandwidth > 0)) {
            throw new IllegalArgumentException("link: latency " + latency + ", jitter " + jitter + ", bandwidth "
                    + bandwidth + " (expected: times of 0 or more, a bandwidth above 0)");
        }
    }

    /** Whether messages need no emulation. */
    public boolean isDirect() {
        return latency.isZero() && jitter.isZero() && Double.isInfinite(bandwidth);
    }
}
