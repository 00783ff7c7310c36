package millrace.actors.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import millrace.actors.access.Credential;
import millrace.actors.cluster.WorkerProtocol.RankPlace;
import millrace.actors.wire.manifest.Manifest.FileEntry;

/** What the coordinator of a run is told. */
public interface CoordinatorProtocol {
    /** Anything the coordinator takes. */
    sealed interface Command {}

    /** What it is told on its own node. */
    sealed interface Local extends Command, NoSerializationVerificationNeeded
            permits Coordinator.Learnt,
                    Coordinator.NodeLost,
                    Coordinator.RunBegins,
                    Coordinator.TimePassed,
                    Coordinator.LineKnown,
                    Submit,
                    Workers,
                    Interrupt,
                    Save,
                    AskStatus,
                    WorkerLeaving {}

    /** Train this. */
    record Submit(RunOrder order, ActorRef<ClientProtocol.Event> client) implements Local {}

    /** The workers that the run has now. */
    record Workers(Set<ActorRef<WorkerProtocol.Command>> all) implements Local {}

    /** End the run after the steps that are under way. */
    record Interrupt(String runId) implements Local {}

    /** Make a checkpoint as soon as one can be made; nothing comes of it while the ranks are just being placed. */
    record Save() implements Local {}

    /** How is it going? */
    record AskStatus(ActorRef<Status> replyTo) implements Local {}

    /**
     * A worker that can be used.
     *
     * @param address of its node, for people
     * @param capacity how many ranks it can well work on at a time
     * @param newestEpoch the newest run epoch that it has heard of, whatever the run
     * @param known the run that it has last been used for and that is not over
     * @param together whether it has something of that run in memory, whose ranks step together
     * @param credential who it is, as its signature of {@link #signedText} says, where nodes have roles by certificate
     */
    record WorkerHere(
            ActorRef<WorkerProtocol.Command> worker,
            String address,
            int capacity,
            long newestEpoch,
            Optional<RunOrder> known,
            boolean together,
            Optional<Credential> credential)
            implements Command {
        /** What is signed of it. */
        public static String signedText(String address) {
            return "worker " + address;
        }
    }

    /** A worker that wants to go: its ranks are moved first. */
    record WorkerLeaving(ActorRef<WorkerProtocol.Command> worker) implements Local {}

    /** Nothing of a run works at a worker any more. */
    record RanksRest(long question, ActorRef<WorkerProtocol.Command> worker, AtRest rest) implements Command {}

    /** A worker holds its stages' state in memory. */
    record StagesCut(long question, ActorRef<WorkerProtocol.Command> worker, List<FileEntry> files)
            implements Command {}

    /**
     * A worker has made its ranks; or, without any, it could.
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
     * @param ranks what they wait for, as far as it is known
     */
    record Status(
            Optional<String> runId,
            String phase,
            long runEpoch,
            long step,
            double samplesPerSecond,
            List<WorkerStatus> workers,
            List<RankStatus> ranks) {
        /** Before anything is known of the ranks. */
        public Status(
                Optional<String> runId,
                String phase,
                long runEpoch,
                long step,
                double samplesPerSecond,
                List<WorkerStatus> workers) {
            this(runId, phase, runEpoch, step, samplesPerSecond, workers, List.of());
        }

        /** The same with more told of its workers. */
        Status with(List<WorkerStatus> known) {
            return new Status(runId, phase, runEpoch, step, samplesPerSecond, known, ranks);
        }
    }

    /**
     * One worker.
     *
     * @param data what it has of the run's samples, by what it has said last
     * @param straggles time that its ranks work on a batch, beside what it should take: 1 is as it should be; NaN where nothing is
     *     known
     */
    record WorkerStatus(String address, int capacity, List<Integer> ranks, DataUse data, double straggles) {
        /** Of a worker that has no samples, and of whose pace nothing is known. */
        public WorkerStatus(String address, int capacity, List<Integer> ranks) {
            this(address, capacity, ranks, DataUse.NONE, Double.NaN);
        }

        /** The same with samples, if it has ranks that could use them. */
        WorkerStatus with(DataUse use) {
            return new WorkerStatus(address, capacity, ranks, ranks.isEmpty() ? DataUse.NONE : use, straggles);
        }

        /** The same with its pace. */
        WorkerStatus straggling(double score) {
            return new WorkerStatus(address, capacity, ranks, data, score);
        }
    }

    /**
     * One rank.
     *
     * @param waitsFor which message of which stage, micro-batch and batch, in words
     * @param waitingSeconds since it has last done something
     * @param secondsPerBatch that it works on a batch; NaN where nothing is known
     */
    record RankStatus(int rank, String waitsFor, double waitingSeconds, double secondsPerBatch) {}
}
