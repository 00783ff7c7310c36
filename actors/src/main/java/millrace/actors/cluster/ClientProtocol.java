package millrace.actors.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import java.util.List;
import java.util.Optional;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;

/** What a client of the cluster hears. */
public interface ClientProtocol {
    /** Anything a client takes. */
    sealed interface Event {}

    /** What it tells itself. */
    non-sealed interface Internal extends Event, NoSerializationVerificationNeeded {}

    /** The run is known and under way. */
    record Accepted(String runId) implements Event {}

    /** Something happened in the run. */
    record Told(String runId, TrainingEvent event) implements Event {}

    /**
     * The run is over.
     *
     * @param result its final state is left out: the weights are in the run folder
     * @param weightsSha256 over all parameters
     */
    record Ended(String runId, RunResult result, String weightsSha256) implements Event {}

    /**
     * The run has failed.
     *
     * @param badInput whether settings or files were wrong
     */
    record Failed(String runId, String reason, boolean badInput) implements Event {}

    /**
     * How it is going.
     *
     * @param phase idle, gathering, preparing, training
     * @param workers that can be used, with the ranks they host
     */
    record Status(
            Optional<String> runId,
            String phase,
            long runEpoch,
            long step,
            double samplesPerSecond,
            List<WorkerStatus> workers)
            implements Event {}

    /** One worker. */
    record WorkerStatus(String address, int capacity, List<Integer> ranks) {}
}
