package millrace.actors.node;

import akka.actor.typed.ActorSystem;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import millrace.actors.cluster.ClientProtocol.Ended;
import millrace.actors.cluster.KeepingChoice;
import millrace.actors.cluster.RunOrder;
import millrace.actors.event.TrainingEvent.Noticed;
import millrace.actors.event.TrainingListener;
import millrace.actors.keeper.Keepers;
import millrace.actors.keeper.KeptCheckpoints;

/**
 * What the node from which a run is ordered does for one whose nodes may share no folder: it decides with them where checkpoints will
 * be, and fetches what the run has come to. Its methods may block.
 */
final class OwnDisks {
    private final ActorSystem<?> system;
    private final Keepers keepers;

    OwnDisks(ActorSystem<?> system, Keepers keepers) {
        this.system = system;
        this.keepers = keepers;
    }

    /**
     * The order with all of it decided.
     *
     * @param stays whether this node is there until the run has begun, so that the others can fetch what it has
     * @throws IllegalArgumentException when the run cannot be kept so
     */
    RunOrder settled(RunOrder order, boolean stays) {
        return new KeepingChoice(keepers, this::oldestFirst).settled(order, stays);
    }

    /** What the run has come to is on its nodes: it is fetched to where it was ordered. */
    Ended gathered(RunOrder order, TrainingListener listener, Ended end) {
        try {
            gather(order.id(), Path.of(order.folder()), missing -> {});
        } catch (IllegalArgumentException e) {
            listener.onEvent(Noticed.warning("the last checkpoint is on the run's nodes and not here: " + e.getMessage()
                    + "; fetch it later with --cluster"));
        }
        return end;
    }

    /** As {@link ClusterNode#gather}. */
    boolean gather(String run, Path folder, Consumer<String> missing) {
        keepers.awaitOthers();
        keepers.keptAt(run, folder);
        return new KeptCheckpoints(keepers).gather(run, missing);
    }

    private List<String> oldestFirst() {
        List<Member> members = new ArrayList<>();
        Cluster.get(system).state().getMembers().forEach(members::add);
        members.sort(Member.ageOrdering());
        return members.stream()
                .map(member -> ClusterNode.hostPort(member.address()))
                .toList();
    }
}
