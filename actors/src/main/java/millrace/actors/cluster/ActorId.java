package millrace.actors.cluster;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Which actor is meant, for those who must not know actors: {@link Recovery} compares names, the coordinator turns them
 * into references and back.
 *
 * @param text the actor's address, path and number as Akka writes them: an actor that is made anew under the same path
 *     has another
 */
public record ActorId(String text) {
    @Override
    public String toString() {
        return text;
    }

    /** The address of its node, host:port; empty where the text has none. */
    public String address() {
        int at = text.indexOf('@');
        int end = text.indexOf('/', at);
        return at < 0 || end < 0 ? "" : text.substring(at + 1, end);
    }

    /** Those that are not among others, by name: in the same order whenever they are asked for. */
    public static List<ActorId> without(Set<ActorId> all, Set<ActorId> others) {
        return all.stream()
                .filter(actor -> !others.contains(actor))
                .sorted(Comparator.comparing(ActorId::text))
                .toList();
    }
}
