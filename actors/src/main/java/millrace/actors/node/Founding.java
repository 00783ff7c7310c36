package millrace.actors.node;

import akka.actor.Address;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.pattern.Patterns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Begins a cluster when none of the nodes that were asked to admit this one belongs to any. Akka's first seed node does so
 * when it has heard nothing for some seconds; but a node that is busy forgetting this one's earlier life may take longer
 * to answer, and then there would be two clusters. Here silence is no answer: each of the others has to say that it belongs
 * to none, or nobody listens there. Of several that may begin one, the one with the lowest address does.
 */
final class Founding extends AbstractOnMessageBehavior<Founding.Command> {
    private static final Duration ROUND = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    // somebody may just be about to listen
    private static final int ROUNDS = 2;
    // then it is looked at what listens there
    private static final int SILENT_ROUNDS = 3;

    private final Cluster cluster;
    private final List<Address> others;
    private final Map<Address, Integer> silent = new HashMap<>();
    private boolean asking;
    private int rounds;

    sealed interface Command {}

    private record Ask() implements Command {}

    private record Asked(List<Answer> answers) implements Command {}

    private record Answer(Address from, Standing standing) {}

    /** What a node says of itself when it is asked. */
    enum Standing {
        /** It belongs to a cluster. */
        MEMBER,
        /** It looks for one. */
        LOOKING,
        /** It looks for one, and may begin one. */
        FOUNDING,
        /** Nobody listens there, or something else than a node. */
        ABSENT,
        /** No answer. */
        SILENT
    }

    /**
     * @param others nodes that this one asks to be admitted
     */
    static Behavior<Command> create(List<Address> others) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Founding(context, timers, others)));
    }

    private Founding(ActorContext<Command> context, TimerScheduler<Command> timers, List<Address> others) {
        super(context);
        this.cluster = Cluster.get(context.getSystem());
        this.others = List.copyOf(others);
        timers.startTimerWithFixedDelay(new Ask(), ROUND);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        if (!cluster.selfMember().status().equals(MemberStatus.removed())) {
            // it was admitted, or is about to be
            return Behaviors.stopped();
        }
        switch (command) {
            case Ask() -> ask();
            case Asked(List<Answer> answers) -> {
                asking = false;
                answers.forEach(this::count);
                rounds = nobodyIsMember(cluster.selfMember().address(), answers) ? rounds + 1 : 0;
                if (rounds >= ROUNDS) {
                    cluster.manager().tell(Join.create(cluster.selfMember().address()));
                    return Behaviors.stopped();
                }
            }
        }
        return this;
    }

    private void count(Answer answer) {
        silent.put(answer.from(), answer.standing() == Standing.SILENT ? silent.getOrDefault(answer.from(), 0) + 1 : 0);
    }

    /** Whether none of them belongs to a cluster, and none begins one before this node. */
    private static boolean nobodyIsMember(Address own, List<Answer> answers) {
        return answers.stream().allMatch(answer -> switch (answer.standing()) {
            case MEMBER, SILENT -> false;
            case LOOKING, ABSENT -> true;
            case FOUNDING -> BY_NAME.compare(own, answer.from()) < 0;
        });
    }

    private static final Comparator<Address> BY_NAME = Comparator.comparing(Address::toString);

    private void ask() {
        if (asking) {
            return;
        }
        asking = true;
        List<CompletableFuture<Answer>> all = new ArrayList<>();
        for (Address other : others) {
            boolean doubtful = silent.getOrDefault(other, 0) >= SILENT_ROUNDS;
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            // a thread that may block, and need not be one of Akka's
            Thread.startVirtualThread(() -> answer.complete(new Answer(other, standing(other, doubtful))));
            all.add(answer);
        }
        CompletableFuture<List<Answer>> asked = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(_ -> all.stream().map(CompletableFuture::join).toList());
        getContext().pipeToSelf(asked, (answers, cause) -> new Asked(cause == null ? answers : List.of()));
    }

    private Standing standing(Address other, boolean doubtful) {
        NodeAddress address =
                new NodeAddress(other.getHost().orElseThrow(), other.getPort().orElseThrow());
        if (Knock.at(address) != Knock.Answer.OPEN) {
            return Standing.ABSENT;
        }
        if (doubtful && Knock.stranger(address).isPresent()) {
            return Standing.ABSENT;
        }
        try {
            return Standing.valueOf(Patterns.ask(
                            Adapter.toClassic(getContext().getSystem()).actorSelection(other + JoinTerms.PATH),
                            JoinTerms.STANDING,
                            PATIENCE)
                    .toCompletableFuture()
                    .join()
                    .toString());
        } catch (CompletionException | IllegalArgumentException _) {
            return Standing.SILENT;
        }
    }
}
