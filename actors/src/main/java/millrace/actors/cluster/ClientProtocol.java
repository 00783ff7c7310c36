package millrace.actors.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import millrace.actors.event.RunResult;
import millrace.actors.event.TrainingEvent;

/** What a client of the cluster hears. */
public interface ClientProtocol {
    /** Anything a client takes. */
    sealed interface Event {}

    /** What it tells itself. */
    sealed interface Local extends Event, NoSerializationVerificationNeeded permits Client.AskAgain, Client.Silent {}

    /** The end of a run; told again to a client that asks for the run again. */
    sealed interface End extends Event {
        /** The run that is over. */
        String runId();
    }

    /** The run is known and under way. */
    record Accepted(String runId) implements Event {}

    /** Something happened in the run. */
    record Happened(String runId, TrainingEvent event) implements Event {}

    /**
     * The run is over.
     *
     * @param result its final state is left out: the weights are in the run folder
     */
    record Ended(String runId, RunResult result) implements End {}

    /**
     * The run has failed.
     *
     * @param badInput whether settings or files were wrong
     */
    record Failed(String runId, String reason, boolean badInput) implements End {}
}
