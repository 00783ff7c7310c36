package millrace.actors.link;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import millrace.nn.random.RandomStream;
import millrace.schedule.Action;

/** How long each message of one sending rank travels. Pure but for the time that is passed in. */
public final class LinkDelay {
    private final LinkSpec spec;
    private final Map<Integer, Long> linkFree = new HashMap<>();

    public LinkDelay(LinkSpec spec) {
        this.spec = spec;
    }

    /**
     * @param receiver rank that the message goes to
     * @param step that the message belongs to
     * @param action that it releases; with the step and the seed it decides the jitter
     * @param bytes of its payload
     * @param now in nanoseconds
     */
    public Duration of(int receiver, long step, Action action, long bytes, long now) {
        long begin = Math.max(now, linkFree.getOrDefault(receiver, now));
        long transferred = begin + Math.round(bytes / spec.bandwidth() * 1e9);
        linkFree.put(receiver, transferred);
        double share = RandomStream.of(
                        spec.seed(),
                        RandomStream.Purpose.LINK,
                        step,
                        action.stage(),
                        action.microBatch(),
                        action.kind() == Action.Kind.F ? 0 : 1)
                .nextDouble();
        double jitter = spec.jitter().toNanos() * share;
        return Duration.ofNanos(transferred - now + spec.latency().toNanos() + (long) jitter);
    }
}
