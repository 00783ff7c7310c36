package millrace.app.cluster;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import millrace.actors.node.Knock.Answer;
import millrace.actors.node.NodeAddress;

/**
 * How a node that is started comes into a cluster. It may begin one when nobody was named to join, or when it is itself the
 * first of those that were, as Akka's first seed node may. But a cluster that it was a member of may still be there
 * without it, and a second one beside it would train the same runs. So its former members are asked first:
 *
 * <ul>
 *   <li>somebody listens: it asks to be admitted there, and begins a cluster only if none of them belongs to one;
 *   <li>nobody listens at any of them, and their machines say so: they have ended. It begins a cluster, if none of them has
 *       come back until it can listen itself;
 *   <li>a machine does not answer: nobody can know. The node does not start, unless it is told to begin one.
 * </ul>
 *
 * @param seeds nodes to join, itself first where it may begin a cluster; empty: it begins one at once
 * @param notice what people should know about it
 */
public record Entry(List<String> seeds, Optional<String> notice) {
    /**
     * Decides.
     *
     * @param own where others reach the node; empty while its port is not known
     * @param join whom the user named
     * @param former other members of the cluster that it was in last
     * @param found whether the user has told it to begin a cluster
     * @param ask asks addresses for a connection
     * @throws IllegalArgumentException when a cluster that it belongs to may be there
     */
    public static Entry of(
            Optional<NodeAddress> own,
            List<String> join,
            List<String> former,
            boolean found,
            Function<List<NodeAddress>, Map<NodeAddress, Answer>> ask) {
        String self = own.map(NodeAddress::toString).orElse("");
        if (found) {
            return new Entry(List.of(), Optional.empty());
        }
        Set<String> others = new LinkedHashSet<>(join);
        others.addAll(former);
        others.remove(self);
        boolean mayFound = join.isEmpty() || join.getFirst().equals(self);
        if (!mayFound || others.isEmpty()) {
            return new Entry(List.copyOf(others), Optional.empty());
        }
        List<String> withSelf = new ArrayList<>(List.of(self));
        withSelf.addAll(others);
        Map<NodeAddress, Answer> answers = ask.apply(Seeds.parse("join", List.copyOf(others)));
        if (answers.containsValue(Answer.OPEN)) {
            return new Entry(
                    withSelf,
                    former.isEmpty()
                            ? Optional.empty()
                            : Optional.of("was a member of a cluster with " + String.join(", ", former)
                                    + "; asks to be admitted again"));
        }
        Map<NodeAddress, Answer> ofFormer = ask.apply(Seeds.parse("member", former));
        if (ofFormer.containsValue(Answer.SILENT) || ofFormer.containsValue(Answer.UNKNOWN)) {
            throw new IllegalArgumentException(
                    "cluster: this node was a member of one with " + Seeds.described(ofFormer)
                            + " (expected: one that answers, or that has ended for sure); it may be there without this node:"
                            + " start it again when they can be reached, or begin another cluster with --found");
        }
        Optional<String> notice = former.isEmpty()
                ? Optional.empty()
                : Optional.of("was a member of a cluster with " + String.join(", ", former)
                        + ", which have ended; begins another unless one of them comes back");
        // Others may be about to start, such as those that it was with, all of them after a loss of power: whoever
        // began a cluster at once would not see that another one does the same.
        return new Entry(withSelf, notice);
    }
}
