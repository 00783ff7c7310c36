package millrace.actors.node;

import akka.event.EventStream;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a node knows of processes that have ended, for its failure detectors, which Akka makes: those know their actor system only by
 * its event stream.
 */
final class EndedProcesses {
    private static final Map<EventStream, Set<String>> OF_SYSTEMS = new WeakHashMap<>();

    private EndedProcesses() {}

    /**
     * The addresses of ended processes, as Akka writes them.
     *
     * @param system event stream of the node's actor system
     */
    static Set<String> of(EventStream system) {
        synchronized (OF_SYSTEMS) {
            return OF_SYSTEMS.computeIfAbsent(system, _ -> ConcurrentHashMap.newKeySet());
        }
    }
}
