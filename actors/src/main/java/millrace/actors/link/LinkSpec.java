package millrace.actors.link;

import java.time.Duration;

/**
 * What messages between ranks suffer. Delays and losses come from the seed and the message alone; with jitter, messages
 * overtake each other. The scheduler's tick of a millisecond is the resolution.
 *
 * @param latency of every message
 * @param jitter up to so much more, uniformly distributed
 * @param bandwidth bytes a second in each direction of each pair of ranks, infinite for no limit
 * @param drop probability that a message never arrives
 * @param duplicate probability that it arrives twice
 * @param seed of all that is random
 */
public record LinkSpec(Duration latency, Duration jitter, double bandwidth, double drop, double duplicate, long seed) {
    /** Messages are handed over at once. */
    public static final LinkSpec DIRECT = new LinkSpec(Duration.ZERO, Duration.ZERO, Double.POSITIVE_INFINITY, 0);

    public LinkSpec {
        if (latency.isNegative() || jitter.isNegative() || !(bandwidth > 0)) {
            throw new IllegalArgumentException("link: latency " + latency + ", jitter " + jitter + ", bandwidth "
                    + bandwidth + " (expected: times of 0 or more, a bandwidth above 0)");
        }
        if (!isProbability(drop) || !isProbability(duplicate)) {
            throw new IllegalArgumentException(
                    "link: drop " + drop + ", duplicate " + duplicate + " (expected: probabilities from 0 to below 1)");
        }
    }

    /** Links that deliver every message once. */
    public LinkSpec(Duration latency, Duration jitter, double bandwidth, long seed) {
        this(latency, jitter, bandwidth, 0, 0, seed);
    }

    private static boolean isProbability(double value) {
        return value >= 0 && value < 1;
    }

    /** Whether messages need no emulation. */
    public boolean isDirect() {
        boolean delivers = drop == 0 && duplicate == 0;
        return delivers && latency.isZero() && jitter.isZero() && Double.isInfinite(bandwidth);
    }
}
