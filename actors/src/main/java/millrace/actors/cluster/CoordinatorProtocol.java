package millrace.actors.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Optional;
import millrace.actors.access.Credential;
import millrace.actors.cluster.WorkerProtocol.RankPlace;

/** What the coordinator is told. */
public interface CoordinatorProtocol {
    /** Anything the coordinator takes. */
    sealed interface Command {}

    /** What it tells itself. */
    sealed interface Local extends Command, NoSerializationVerificationNeeded
            permits Coordinator.Learnt, Coordinator.NodeLost, Coordinator.RunBegins, Coordinator.TimePassed {}

    /** Train this; told again and again until the client hears of the end, by whoever waits for it. */
    record Submit(RunOrder order, ActorRef<ClientProtocol.Event> client) implements Command {}

    /**
     * End the run after the steps that are under way.
     *
     * @param credential who asks, as its signature of {@link #signedText} says, where nodes have roles by certificate
     */
    record Interrupt(String runId, Optional<Credential> credential) implements Command {
        /** What is signed of it. */
        public static String signedText(String runId) {
            return "interrupt " + runId;
        }
    }

    /** How is it going? */
    record AskStatus(ActorRef<Status> replyTo) implements Command {}

    /**
     * A worker that can be used.
     *
     * @param address of its node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param newestEpoch the newest run epoch that it has heard of, whatever the run
     * @param known the run that it has last been used for and that is not over
     * @param credential who it is, as its signature of {@link #signedText} says, where nodes have roles by certificate
     */
    record WorkerHere(
            ActorRef<WorkerProtocol.Command> worker,
            String address,
            int capacity,
            long newestEpoch,
            Optional<RunOrder> known,
            Optional<Credential> credential)
            implements Command {
        /** What is signed of it. */
        static String signedText(String address) {
            return "worker " + address;
        }
    }

    /** A worker that wants to go: its ranks are moved first. */
    record WorkerLeaving(ActorRef<WorkerProtocol.Command> worker) implements Command {}

    /**
     * A worker has made its ranks.
     *
     * @param data what it has of the run's samples
     */
    record Prepared(long runEpoch, ActorRef<WorkerProtocol.Command> worker, List<RankPlace> places, DataUse data)
            implements Command {}

    /**
     * A worker could not make its ranks.
     *
     * @param badInput whether settings or files are wrong, so that it would not help to try again
     */
    record PrepareFailed(long runEpoch, ActorRef<WorkerProtocol.Command> worker, String reason, boolean badInput)
            implements Command {}

    /** A worker has connected its ranks. */
    record Connected(long runEpoch, ActorRef<WorkerProtocol.Command> worker) implements Command {}

    /** A rank has stopped with an error. */
    record RankFailed(long runEpoch, int rank, String reason) implements Command {}

    /**
     * How it is going.
     *
     * @param phase idle, gathering, reading, preparing, training, ending
     * @param workers that can be used, with the ranks they host
     */
    record Status(
            Optional<String> runId,
            String phase,
            long runEpoch,
            long step,
            double samplesPerSecond,
            List<WorkerStatus> workers) {
        /** The same with more told of its workers. */
        Status with(List<WorkerStatus> known) {
            return new Status(runId, phase, runEpoch, step, samplesPerSecond, known);
        }
    }

    /**
     * One worker.
     *
     * @param data what it has of the run's samples, by what it has said last
     */
    record WorkerStatus(String address, int capacity, List<Integer> ranks, DataUse data) {
        /** Of a worker that has no samples. */
        public WorkerStatus(String address, int capacity, List<Integer> ranks) {
            this(address, capacity, ranks, DataUse.NONE);
        }

        /** The same with samples, if it has ranks that could use them. */
        WorkerStatus with(DataUse use) {
            return new WorkerStatus(address, capacity, ranks, ranks.isEmpty() ? DataUse.NONE : use);
        }
    }
}
