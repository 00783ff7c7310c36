package millrace.actors.node;

import akka.actor.Address;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.ClusterEvent.ReachabilityEvent;
import akka.cluster.ClusterEvent.UnreachableMember;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import millrace.actors.rank.actor.BlockingWork;

/**
 * Tells the cluster of processes on this machine that have ended. A node that falls silent may have ended or be cut off,
 * and of two nodes neither could say which; the split brain resolver then has to guess. On one machine there is no cable to
 * be cut, and the operating system knows: where nobody listens any more, it refuses a connection at once. So a silent
 * node at this one's own host is asked for a connection, and is taken out of the cluster for good when that is refused.
 * Of nodes at other hosts nothing is concluded, since a firewall refuses too.
 */
final class EndedNeighbours extends AbstractOnMessageBehavior<EndedNeighbours.Command> {
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final Cluster cluster;
    private final Set<Address> silent = new LinkedHashSet<>();

    sealed interface Command {}

    private record ReachabilityChanged(ReachabilityEvent event) implements Command {}

    private record Removed(Address address) implements Command {}

    private record Look() implements Command {}

    private record Looked(List<Address> ended) implements Command {}

    static Behavior<Command> create() {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new EndedNeighbours(context, timers)));
    }

    private EndedNeighbours(ActorContext<Command> context, TimerScheduler<Command> timers) {
        super(context);
        this.cluster = Cluster.get(context.getSystem());
        cluster.subscriptions()
                .tell(Subscribe.create(
                        context.messageAdapter(ReachabilityEvent.class, ReachabilityChanged::new),
                        ReachabilityEvent.class));
        cluster.subscriptions()
                .tell(Subscribe.create(
                        context.messageAdapter(
                                MemberRemoved.class,
                                removed -> new Removed(removed.member().address())),
                        MemberRemoved.class));
        timers.startTimerWithFixedDelay(new Look(), AGAIN);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case ReachabilityChanged(ReachabilityEvent event) -> {
                Address address = event.member().address();
                if (event instanceof UnreachableMember && isNeighbour(address)) {
                    silent.add(address);
                    look();
                } else {
                    silent.remove(address);
                }
            }
            case Removed(Address address) -> silent.remove(address);
            case Look() -> look();
            case Looked(List<Address> ended) -> {
                for (Address address : ended) {
                    if (silent.remove(address)) {
                        cluster.manager().tell(new Down(address));
                    }
                }
            }
        }
        return this;
    }

    private boolean isNeighbour(Address address) {
        return address.host().equals(cluster.selfMember().address().host());
    }

    private void look() {
        if (silent.isEmpty()) {
            return;
        }
        List<Address> asked = List.copyOf(silent);
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(
                                getContext().getSystem(),
                                () -> asked.stream()
                                        .filter(EndedNeighbours::hasEnded)
                                        .toList()),
                        (ended, cause) -> new Looked(cause == null ? ended : List.of()));
    }

    /** A process that is only slow is connected by the operating system all the same. */
    private static boolean hasEnded(Address address) {
        NodeAddress there = new NodeAddress(
                address.getHost().orElseThrow(), address.getPort().orElseThrow());
        return Knock.at(there) == Knock.Answer.REFUSED;
    }
}
