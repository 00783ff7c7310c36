package millrace.actors.observe;

import java.util.List;
import millrace.actors.trace.FlightRecord;

/**
 * What the ranks of a run do.
 *
 * @param now when it was looked, by this JVM's {@link System#nanoTime}; all times are by that clock
 * @param ranks those that could be looked at, by rank
 * @param retransmissions frames that their nodes have sent once more, since they began
 */
public record Observation(long now, List<ObservedRank> ranks, long retransmissions) {
    /**
     * A rank.
     *
     * @param node host:port of its node; empty where it is in this JVM
     */
    public record ObservedRank(String node, FlightRecord record) {}

    public Observation {
        ranks = List.copyOf(ranks);
    }
}
