package millrace.actors.jobs;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import millrace.actors.cluster.CoordinatorProtocol;
import millrace.actors.cluster.CoordinatorProtocol.AskStatus;
import millrace.actors.cluster.CoordinatorProtocol.Status;
import millrace.actors.cluster.CoordinatorProtocol.WorkerStatus;

/** Asks the coordinators of all runs how they are going, and answers with what has come after a while. */
final class StatusInquiry {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private sealed interface Message {}

    private record Told(int number, Status status) implements Message {}

    private record Enough() implements Message {}

    private StatusInquiry() {}

    /**
     * @param coordinators in the order in which they are told
     * @param idle workers that no run has
     */
    static Behavior<?> create(
            List<ActorRef<CoordinatorProtocol.Command>> coordinators,
            List<WorkerStatus> idle,
            ActorRef<JobsProtocol.ClusterStatus> replyTo) {
        return Behaviors.<Message>setup(context -> Behaviors.withTimers(timers -> {
            Map<Integer, Status> told = new TreeMap<>();
            for (int i = 0; i < coordinators.size(); i++) {
                int number = i;
                coordinators.get(i).tell(new AskStatus(context.spawnAnonymous(Behaviors.receiveMessage(status -> {
                    context.getSelf().tell(new Told(number, status));
                    return Behaviors.stopped();
                }))));
            }
            timers.startSingleTimer(new Enough(), coordinators.isEmpty() ? Duration.ZERO : PATIENCE);
            return Behaviors.receive(Message.class)
                    .onMessage(Told.class, answer -> {
                        told.put(answer.number(), answer.status());
                        return told.size() < coordinators.size() ? Behaviors.same() : answered(told, idle, replyTo);
                    })
                    .onMessage(Enough.class, _ -> answered(told, idle, replyTo))
                    .build();
        }));
    }

    private static Behavior<Message> answered(
            Map<Integer, Status> told, List<WorkerStatus> idle, ActorRef<JobsProtocol.ClusterStatus> replyTo) {
        replyTo.tell(new JobsProtocol.ClusterStatus(List.copyOf(told.values()), idle));
        return Behaviors.stopped();
    }
}
