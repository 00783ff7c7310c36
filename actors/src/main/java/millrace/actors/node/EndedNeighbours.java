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
import akka.cluster.Member;
import akka.cluster.MemberStatus;
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
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
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
 *
 * <p>Where there had been a connection before, it was closed as well, and a cable that is cut closes nothing: the process has most probably
 * ended. So the others that have a vote are asked for a connection. If this node still reaches more than half of all, the one that has
 * ended is taken out at once, as the resolver would do it later. A node that is itself behind a firewall reaches none, and leaves it to
 * the resolver; so does one whose resolver decides by something else than the majority.
 */
final class EndedNeighbours extends AbstractOnMessageBehavior<EndedNeighbours.Command> {
    private static final Duration AGAIN = Duration.ofMillis(500);
    private static final Set<MemberStatus> VOTING = Set.of(MemberStatus.up(), MemberStatus.leaving());
    private static final String STRATEGY = "akka.cluster.split-brain-resolver.active-strategy";

    private final Cluster cluster;
    private final Set<Address> silent = new LinkedHashSet<>();
    private final Map<UniqueAddress, SilentConnection> watched = new HashMap<>();
    private final Set<String> endedProcesses;
    private final boolean decidesByMajority;
    // whether silent ones are being asked: those that are too busy to take a connection would otherwise be asked by
    // ever more threads
    private boolean looking;

    sealed interface Command {}

    private record ReachabilityChanged(ReachabilityEvent event) implements Command {}

    private record MembersChanged(MemberEvent event) implements Command {}

    /** @param held whether there had been a connection */
    private record Ended(UniqueAddress node, boolean held) implements Command {}

    private record Answered(UniqueAddress ended, Map<NodeAddress, Knock.Answer> answers) implements Command {}

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
        this.decidesByMajority = cluster.selfMember().hasRole(NodeSettings.VOTER)
                && context.getSystem().settings().config().getString(STRATEGY).equals("keep-majority");
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
            case Ended(UniqueAddress node, boolean held) -> ended(node, held);
            case Answered(UniqueAddress ended, var answers) -> answered(ended, answers);
            case Look() -> look();
            case Looked(List<Address> ended) -> {
                looking = false;
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
            watched.put(
                    node, SilentConnection.to(nodeAddress(node.address()), held -> self.tell(new Ended(node, held))));
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

    private void ended(UniqueAddress node, boolean held) {
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
        } else if (held && decidesByMajority) {
            askOthers(node);
        }
    }

    /** Before a node of another host is taken out. */
    private void askOthers(UniqueAddress ended) {
        List<NodeAddress> others =
                otherVoters().map(member -> nodeAddress(member.address())).toList();
        getContext()
                .pipeToSelf(
                        BlockingWork.begin(getContext().getSystem(), () -> Knock.all(others)),
                        (answers, cause) -> new Answered(ended, cause == null ? answers : Map.of()));
    }

    private void answered(UniqueAddress ended, Map<NodeAddress, Knock.Answer> answers) {
        Set<Member> unreachable = cluster.state().getUnreachable();
        List<Member> others = otherVoters().toList();
        long left = 1
                + others.stream()
                        .filter(member -> !unreachable.contains(member)
                                && answers.get(nodeAddress(member.address())) == Knock.Answer.OPEN)
                        .count();
        if (watched.containsKey(ended) && 2 * left > others.size() + 1) {
            cluster.manager().tell(new Down(ended.address()));
        }
    }

    /** As the resolver counts them. */
    private Stream<Member> otherVoters() {
        return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
                .filter(member -> member.hasRole(NodeSettings.VOTER)
                        && !member.uniqueAddress().equals(cluster.selfMember().uniqueAddress())
                        && VOTING.contains(member.status()));
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
        if (looking || silent.isEmpty()) {
            return;
        }
        looking = true;
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
