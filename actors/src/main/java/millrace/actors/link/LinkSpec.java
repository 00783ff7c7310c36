package millrace.actors.link;

import java.time.Duration;
import java.util.Map;

/**
 * What messages between ranks suffer, and which ranks are slow. Delays and losses come from the seed and the message alone; with jitter, messages
 * overtake each other. The scheduler's tick of a millisecond is the resolution.
 *
 * @param latency of every message
 * @param jitter up to so much more, uniformly distributed
 * @param bandwidth bytes a second in each direction of each pair of ranks, infinite for no limit
 * @param drop probability that a message never arrives
 * @param duplicate probability that it arrives twice
 * @param seed of all that is random
 * @param slowdowns for ranks that are slow on purpose how many times as long their work takes, 1 or more: they wait when it is done
 */
public record LinkSpec(
        Duration latency,
        Duration jitter,
        double bandwidth,
        double drop,
        double duplicate,
        long seed,
        Map<Integer, Double> slowdowns) {
    private static final double MOST_SLOWDOWN = 1000;

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
        slowdowns.forEach((rank, factor) -> {
            if (rank < 0 || !(factor >= 1 && factor <= MOST_SLOWDOWN)) {
                throw new IllegalArgumentException("link: slow " + rank + ":" + factor
                        + " (expected: a rank from 0 on, and a factor from 1 to " + MOST_SLOWDOWN + ")");
            }
        });
        slowdowns = Map.copyOf(slowdowns);
    }

    /** Links between ranks of which none is slow. */
    public LinkSpec(Duration latency, Duration jitter, double bandwidth, double drop, double duplicate, long seed) {
        this(latency, jitter, bandwidth, drop, duplicate, seed, Map.of());
    }

    /** Links that deliver every message once. */
    public LinkSpec(Duration latency, Duration jitter, double bandwidth, long seed) {
        this(latency, jitter, bandwidth, 0, 0, seed);
    }

    private static boolean isProbability(double value) {
        return value >= 0 && value < 1;
    }

    /** How many times as long the work of a rank takes as it would. */
    public double slowdown(int rank) {
        return slowdowns.getOrDefault(rank, 1.0);
    }

    /** Whether messages need no emulation. */
    public boolean isDirect() {
        boolean delivers = drop == 0 && duplicate == 0;
        return delivers && latency.isZero() && jitter.isZero() && Double.isInfinite(bandwidth);
    }
}
