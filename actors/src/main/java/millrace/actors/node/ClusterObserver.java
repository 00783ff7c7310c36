package millrace.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import millrace.actors.observe.LineObserver;
import millrace.actors.observe.Observation;
import millrace.actors.observe.Observation.ObservedRank;
import millrace.actors.observe.ObserveProtocol;
import millrace.actors.observe.ObserveProtocol.LookAt;
import millrace.actors.observe.ObserveProtocol.Seen;

/**
 * Looks at the ranks of a run on all nodes of the cluster. How far the clock of a node is from this one's is taken from its quickest answer:
 * half of the time there and back after the question was sent (Cristian: Probabilistic clock synchronization, 1989). A node that does
 * not answer within a second is left out.
 */
final class ClusterObserver implements LineObserver {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration OLD = Duration.ofSeconds(60);

    private final ActorSystem<?> system;
    private final String run;
    private final Map<String, Clock> clocks = new HashMap<>();

    /**
     * How a node's clock goes.
     *
     * @param ahead nanoseconds that this one's is ahead of it
     * @param trip nanoseconds there and back, when that was found out
     * @param foundAt when that was
     */
    private record Clock(long ahead, long trip, long foundAt) {
        /** Clocks drift apart, and a node that comes back may have another one: what is old, or cannot be true, counts no more. */
        Clock or(Clock newer) {
            boolean old = newer.foundAt - foundAt > OLD.toNanos();
            boolean other = Math.abs(newer.ahead - ahead) > (newer.trip + trip) / 2;
            return old || other || newer.trip <= trip ? newer : this;
        }
    }

    private record Answer(Seen seen, long asked, long came) {
        Clock clock() {
            return new Clock(asked + (came - asked) / 2 - seen.clock(), came - asked, came);
        }
    }

    ClusterObserver(ActorSystem<?> system, String run) {
        this.system = system;
        this.run = run;
    }

    @Override
    public synchronized Observation look(Duration before) {
        List<CompletableFuture<Optional<Answer>>> answers = new ArrayList<>();
        for (ActorRef<LookAt> observer : Registered.now(system, ObserveProtocol.KEY)) {
            long asked = System.nanoTime();
            CompletionStage<Seen> seen = AskPattern.ask(
                    observer, replyTo -> new LookAt(run, before.toNanos(), replyTo), PATIENCE, system.scheduler());
            answers.add(seen.thenApply(answer -> Optional.of(new Answer(answer, asked, System.nanoTime())))
                    .exceptionally(_ -> Optional.empty())
                    .toCompletableFuture());
        }
        List<ObservedRank> ranks = new ArrayList<>();
        long retransmissions = 0;
        for (CompletableFuture<Optional<Answer>> future : answers) {
            Optional<Answer> answer = future.join();
            if (answer.isPresent()) {
                Seen seen = answer.get().seen();
                long ahead = clocks.merge(seen.node(), answer.get().clock(), Clock::or)
                        .ahead();
                retransmissions += seen.retransmissions();
                seen.records().forEach(record -> ranks.add(new ObservedRank(seen.node(), record.later(ahead))));
            }
        }
        ranks.sort(Comparator.comparingInt(rank -> rank.record().rank()));
        return new Observation(System.nanoTime(), ranks, retransmissions);
    }
}
