package millrace.actors.observe;

import java.time.Duration;
import millrace.actors.observe.Observation.ObservedRank;
import millrace.actors.trace.FlightRecorders;

/** Looks at what the ranks of a run do now. */
public interface LineObserver {
    /**
     * What they did in the time before now. While somebody looks at least every three seconds nothing is missing, but for ranks that do more
     * than is kept; the first look tells little. May block for a second, where ranks are elsewhere.
     */
    Observation look(Duration before);

    /** Of a run whose ranks are all in this JVM, in an actor system of their own. */
    static LineObserver here(FlightRecorders recorders) {
        return before -> {
            long now = System.nanoTime();
            return new Observation(
                    now,
                    recorders.look(FlightRecorders.ALONE, now - before.toNanos()).stream()
                            .map(record -> new ObservedRank("", record))
                            .toList(),
                    0);
        };
    }
}
