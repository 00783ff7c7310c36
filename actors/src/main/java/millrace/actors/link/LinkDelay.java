package millrace.actors.link;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.nn.random.RandomStream;

/** When the messages of one sending rank arrive, and whether. Pure but for the time that is passed in. */
public final class LinkDelay {
    private final LinkSpec spec;
    private final Map<Integer, Long> linkFree = new HashMap<>();

    public LinkDelay(LinkSpec spec) {
        this.spec = spec;
    }

    /**
     * How long each copy of a message travels: none when it is lost, two when it is delivered twice.
     *
     * @param receiver rank that the message goes to
     * @param bytes of its payload
     * @param now in nanoseconds
     */
    public List<Duration> of(int receiver, LinkMessage message, long bytes, long now) {
        return of(receiver, message.draws(spec.seed()), bytes, now);
    }

    /** How long each copy of a frame travels; sent once more, the same frame meets another fate. */
    public List<Duration> of(int receiver, LinkFrame frame, long bytes, long now) {
        return of(receiver, frame.draws(spec.seed()), bytes, now);
    }

    private List<Duration> of(int receiver, RandomStream draws, long bytes, long now) {
        long begin = Math.max(now, linkFree.getOrDefault(receiver, now));
        long transferred = begin + Math.round(bytes / spec.bandwidth() * 1e9);
        linkFree.put(receiver, transferred);
        Duration first = delay(transferred - now, draws.nextDouble());
        boolean lost = draws.nextDouble() < spec.drop();
        boolean twice = draws.nextDouble() < spec.duplicate();
        Duration second = delay(transferred - now, draws.nextDouble());
        List<Duration> delivered = twice ? List.of(first, second) : List.of(first);
        return lost ? List.of() : delivered;
    }

    private Duration delay(long transfer, double share) {
        double jitter = spec.jitter().toNanos() * share;
        return Duration.ofNanos(transfer + spec.latency().toNanos() + (long) jitter);
    }
}
