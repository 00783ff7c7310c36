package millrace.schedule.auto;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import millrace.schedule.Costs.Link;
import millrace.schedule.Costs.RankPair;

/**
 * What a network takes and holds layer by layer, and what the ranks are like that train it.
 *
 * @param layers first to last, one or more
 * @param link between ranks that {@code links} does not name
 * @param links links that differ, by sender and receiver; bandwidths in bytes per second
 * @param rankSpeeds how fast each rank is, 1 for one on which the layers were measured; ranks beyond the list have 1
 * @param actionOverhead seconds that each action takes beside its layers
 * @param exchangeTime seconds in which two ranks, each with a copy of the network, add up the gradients of all weights, as far as
 *     they do nothing else meanwhile
 * @param optimizerCopies memory of the size of the weights that the optimizer needs: 0 for SGD, 1 with momentum, 2 for Adam
 */
public record NetworkProfile(
        List<LayerProfile> layers,
        Link link,
        Map<RankPair, Link> links,
        List<Double> rankSpeeds,
        double actionOverhead,
        double exchangeTime,
        double optimizerCopies) {
    /** A network whose copies exchange gradients in no time. */
    public NetworkProfile(
            List<LayerProfile> layers,
            Link link,
            Map<RankPair, Link> links,
            List<Double> rankSpeeds,
            double actionOverhead,
            double optimizerCopies) {
        this(layers, link, links, rankSpeeds, actionOverhead, 0, optimizerCopies);
    }

    public NetworkProfile {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("layers: 0 (expected: 1 or more)");
        }
        LayerProfile.requireAmount("action overhead", actionOverhead);
        LayerProfile.requireAmount("exchange time", exchangeTime);
        LayerProfile.requireAmount("optimizer copies", optimizerCopies);
        for (double speed : rankSpeeds) {
            if (!(speed > 0) || Double.isInfinite(speed)) {
                throw new IllegalArgumentException("rank speed: " + speed
                        + " (expected: a number above 0, 1 for a rank as fast as the one that was measured)");
            }
        }
        layers = List.copyOf(layers);
        links = Map.copyOf(links);
        rankSpeeds = List.copyOf(rankSpeeds);
    }

    /** How fast a rank is beside the one that was measured. */
    public double speed(int rank) {
        return rank < rankSpeeds.size() ? rankSpeeds.get(rank) : 1;
    }

    /** The same network on ranks of other speeds. */
    public NetworkProfile onRanks(List<Double> speeds) {
        return new NetworkProfile(layers, link, links, speeds, actionOverhead, exchangeTime, optimizerCopies);
    }

    /** The same network over links that are known one by one. */
    public NetworkProfile over(Map<RankPair, Link> known) {
        return new NetworkProfile(layers, link, known, rankSpeeds, actionOverhead, exchangeTime, optimizerCopies);
    }

    /** The layers with micro-batches of so many samples. */
    List<LayerProfile.Size> at(int samples) {
        List<LayerProfile.Size> sizes = new ArrayList<>();
        for (LayerProfile layer : layers) {
            sizes.add(layer.at(samples));
        }
        return sizes;
    }
}
