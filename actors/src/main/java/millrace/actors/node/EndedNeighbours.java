package millrace.actors.node;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent.MemberEvent;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.ClusterEvent.ReachabilityEvent;
import akka.cluster.ClusterEvent.UnreachableMember;
import akka.cluster.UniqueAddress;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import millrace.actors.cluster.NodeEnded;
import millrace.actors.rank.actor.BlockingWork;

/**
 * Notices when the process of another node has ended, and says so: on this node's event stream ({@link NodeEnded}), so that a
 * run goes on without it at once, and to its failure detectors, so that the cluster need not wait for heartbeats first. It
 * has a {@link SilentConnection} to every other node for that.
 *
 * <p>Tells the cluster of processes on this machine that have ended. A node that falls silent may have ended or be cut off,
 * and of two nodes neither could say which; the split brain resolver then has to guess. On one machine there is no cable to
 * be cut, and the operating system knows: where nobody listens any more, it refuses a connection at once. So a silent
 * node at this one's own host is asked for a connection, and is taken out of the cluster for good when that is refused.
 * Of nodes at other hosts that alone proves nothing, since a firewall refuses too: they are left to the split brain resolver.
 */
final class EndedNeighbours extends AbstractOnMessageBehavior<EndedNeighbours.Command> {
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final Cluster cluster;
    private final Set<Address> silent = new LinkedHashSet<>();
    private final Map<UniqueAddress, SilentConnection> watched = new HashMap<>();
    private final Set<String> endedProcesses;

    sealed interface Command {}

    private record ReachabilityChanged(ReachabilityEvent event) implements Command {}

    private record MembersChanged(MemberEvent event) implements Command {}

    private record Ended(UniqueAddress node) implements Command {}

    private record Look() implements Command {}

    private record Looked(List<Address> ended) implements Command {}

    static Behavior<Command> create() {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new EndedNeighbours(context, timers)));
    }

    private EndedNeighbours(ActorContext<Command> context, TimerScheduler<Command> timers) {
        super(context);
        this.cluster = Cluster.get(context.getSystem());
        this.endedProcesses =
                EndedProcesses.of(Adapter.toClassic(context.getSystem()).eventStream());
        cluster.subscriptions()
                .tell(Subscribe.create(
                        context.messageAdapter(ReachabilityEvent.class, ReachabilityChanged::new),
                        ReachabilityEvent.class));
        cluster.subscriptions()
                .tell(Subscribe.create(
                        context.messageAdapter(MemberEvent.class, MembersChanged::new), MemberEvent.class));
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
            case MembersChanged(MemberRemoved gone) -> removed(gone.member().uniqueAddress());
            case MembersChanged(MemberEvent other) -> watch(other.member().uniqueAddress());
            case Ended(UniqueAddress node) -> ended(node);
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

    private void watch(UniqueAddress node) {
        if (!node.equals(cluster.selfMember().uniqueAddress()) && !watched.containsKey(node)) {
            // perhaps one in the place of another that has ended
            endedProcesses.remove(node.address().toString());
            ActorRef<Command> self = getContext().getSelf();
            watched.put(node, SilentConnection.to(nodeAddress(node.address()), () -> self.tell(new Ended(node))));
        }
    }

    private void removed(UniqueAddress node) {
        silent.remove(node.address());
        endedProcesses.remove(node.address().toString());
        SilentConnection connection = watched.remove(node);
        if (connection != null) {
            connection.close();
        }
    }

    private void ended(UniqueAddress node) {
        Address address = node.address();
        if (!watched.containsKey(node)) {
            return;
        }
        endedProcesses.add(address.toString());
        getContext()
                .getSystem()
                .eventStream()
                .tell(new EventStream.Publish<>(new NodeEnded(ClusterNode.hostPort(address))));
        if (isNeighbour(address)) {
            cluster.manager().tell(new Down(address));
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            watched.values().forEach(SilentConnection::close);
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
        return Knock.at(nodeAddress(address)) == Knock.Answer.REFUSED;
    }

    private static NodeAddress nodeAddress(Address address) {
        return new NodeAddress(
                address.getHost().orElseThrow(), address.getPort().orElseThrow());
    }
}
