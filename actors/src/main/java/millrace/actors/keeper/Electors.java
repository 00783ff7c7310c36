package millrace.actors.keeper;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The nodes of a run, which decide together who may write it; the same ones for as long as the run lasts. Any two majorities
 * of them have a node in common, so of two coordinators that want the same at most one gets it.
 *
 * @param nodes names that nodes keep for ever, each once; of an even number half of them are a majority where the first is
 *     among them
 */
public record Electors(List<String> nodes) {
    /** Of a run whose nodes share a folder: nobody is asked. */
    public static final Electors NONE = new Electors(List.of());

    /** @throws IllegalArgumentException when a node is named twice */
    public Electors {
        nodes = List.copyOf(nodes);
        if (Set.copyOf(nodes).size() != nodes.size()) {
            throw new IllegalArgumentException("electors: " + nodes + " (expected: each node once)");
        }
    }

    /** Whether these nodes, among whatever others, are enough. */
    public boolean isMajority(Collection<String> willing) {
        long votes = nodes.stream().filter(willing::contains).count();
        return 2 * votes > nodes.size()
                || (2 * votes == nodes.size() && !nodes.isEmpty() && willing.contains(nodes.getFirst()));
    }
}
